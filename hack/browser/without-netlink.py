#!/usr/bin/env python3
"""Runs the program of the variable PROGRAM, with the arguments, so that it cannot open netlink sockets.

Chromium learns from one that an address of this machine comes or goes, as when the node of a cluster starts, and then drops everything that it loads
(ERR_NETWORK_CHANGED). Without it, Chromium takes the network as it is (AddressTrackerLinux::AbortAndForceOnline). On a processor that is not known here,
the program runs as it is.
"""
import ctypes
import os
import platform
import struct
import sys

SOCKET = {"x86_64": 41, "aarch64": 198}  # the number of the system call
AF_NETLINK = 16
EAFNOSUPPORT = 97
NO_NEW_PRIVS, SET_SECCOMP, FILTER_MODE = 38, 22, 2
LOAD, EQUAL, RETURN = 0x20, 0x15, 0x06  # BPF: load a word, jump if equal, return
ALLOW, ERROR = 0x7FFF0000, 0x00050000


def forbid_netlink(number):
    code = [
        (LOAD, 0, 0, 0),  # seccomp_data.nr
        (EQUAL, 0, 3, number),
        (LOAD, 0, 0, 16),  # seccomp_data.args[0]: the address family
        (EQUAL, 0, 1, AF_NETLINK),
        (RETURN, 0, 0, ERROR | EAFNOSUPPORT),
        (RETURN, 0, 0, ALLOW),
    ]
    steps = ctypes.create_string_buffer(b"".join(struct.pack("HBBI", *step) for step in code))
    program = ctypes.create_string_buffer(struct.pack("HxxxxxxQ", len(code), ctypes.addressof(steps)))
    libc = ctypes.CDLL(None, use_errno=True)
    unused = ctypes.c_ulong(0)
    for option, value, address in ((NO_NEW_PRIVS, 1, unused), (SET_SECCOMP, FILTER_MODE, ctypes.byref(program))):
        if libc.prctl(option, ctypes.c_ulong(value), address, unused, unused) != 0:
            raise OSError(ctypes.get_errno(), "prctl")


known = SOCKET.get(platform.machine())
if known is not None:
    forbid_netlink(known)
program = os.environ["PROGRAM"]
os.execv(program, [program, *sys.argv[1:]])
