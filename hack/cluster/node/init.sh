#!/bin/bash
# The first process of a node's mount, pid, net, uts and ipc namespaces. When it dies, every container and mount goes with it.
# usage: init.sh DIR NODE_PROGRAMS KUBERNETES_PROGRAMS NODE_NAME LINK HOST_IP NODE_IP    with both programs on PATH
set -u
dir=$1 build=$2 kubernetes=$3 name=$4 link=$5 host_ip=$6 node_ip=$7

mount --make-rshared /
exec 3< "$dir" 4< "$build" 5< "$kubernetes"
for folder in /run /var/lib /var/log; do mount -t tmpfs -o mode=755 node $folder; done
# Mount our own folders back if they are below one of those, for example with a home in /var/lib.
[ -d "$dir" ] || { mkdir -p "$dir"; mount -c --bind /proc/self/fd/3 "$dir"; }
[ -d "$build" ] || { mkdir -p "$build"; mount -c --bind /proc/self/fd/4 "$build"; }
[ -d "$kubernetes" ] || { mkdir -p "$kubernetes"; mount -c --bind /proc/self/fd/5 "$kubernetes"; }
exec 3<&- 4<&- 5<&-
mkdir -p /run/lock /run/netns /var/lib/kubelet /var/lib/cni /var/log/containers
mount -t tmpfs -o mode=755 node /var/lib/kubelet

# The kubelet requires these values. Mount files with them over the originals, so that the machine keeps its own.
for setting in vm/overcommit_memory=1 vm/panic_on_oom=0 kernel/panic=10 kernel/panic_on_oops=1; do
  file=/run/sysctl-$(basename "${setting%=*}")
  echo "${setting#*=}" > "$file"
  mount --bind "$file" "/proc/sys/${setting%=*}"
done
# Mount a second, complete proc: without it the kernel refuses to mount proc in pods with a user namespace.
mkdir /run/proc
mount -t proc proc /run/proc
# No DNS: pulling an image that was not loaded fails at once, without a request to a registry.
echo 'nameserver 127.0.0.1' > /run/resolv.conf
mount --bind /run/resolv.conf /etc/resolv.conf
hostname "$name"

ip link set lo up
for _ in $(seq 200); do ip link show "${link}n" > /dev/null 2>&1 && break; sleep 0.05; done
ip link set "${link}n" name eth0
ip addr add "$node_ip/30" dev eth0
ip link set eth0 up
ip route add default via "$host_ip"
echo 1 > /proc/sys/net/ipv4/ip_forward

cd "$dir/node" || exit 1
containerd --config "$dir/node/containerd.toml" > "$dir/containerd.log" 2>&1 &
for _ in $(seq 400); do [ -S /run/containerd/containerd.sock ] && ctr version > /dev/null 2>&1 && break; sleep 0.05; done
for image in "$build"/img/*.tar; do ctr -n k8s.io images import "$image" || exit 1; done > "$dir/import.log" 2>&1
kubelet --config="$dir/node/kubelet.yaml" --kubeconfig="$dir/kubelet.kubeconfig" --root-dir="$dir/node/kubelet" --hostname-override="$name" --node-ip="$node_ip" --v=1 > "$dir/kubelet.log" 2>&1 &
kube-proxy --config="$dir/node/kube-proxy.yaml" --v=1 > "$dir/kube-proxy.log" 2>&1 &
while :; do wait; sleep 3600 & done
