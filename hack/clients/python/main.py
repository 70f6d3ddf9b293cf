"""What programs built on the Python client do: one JSON line an operation.

    main.py KUBECONFIG SHARED OWN

Reads in the namespace SHARED, writes in OWN. An operation that fails prints its error; the code is 0 all the same, since what is compared
is what was printed.
"""

import json
import sys
from http.client import HTTPConnection

from kubernetes import client, config, dynamic, watch
from kubernetes.client.rest import ApiException
from kubernetes.stream import portforward, stream

kubeconfig, shared, own = sys.argv[1:4]
config.load_kube_config(kubeconfig)
api = client.ApiClient()
core = client.CoreV1Api(api)
apps = client.AppsV1Api(api)
IMAGE = "docker.io/library/busybox:1.35"


def plain(thing):
    return api.sanitize_for_serialization(thing)


def config_map(name, value):
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name}, "data": {"value": value}}


def deployment():
    template = {
        "metadata": {"labels": {"app": "py"}},
        "spec": {"terminationGracePeriodSeconds": 0, "containers": [{"name": "main", "image": IMAGE, "command": ["sleep", "3600"]}]},
    }
    spec = {"replicas": 0, "selector": {"matchLabels": {"app": "py"}}, "template": template}
    return {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "py"}, "spec": spec}


def watched():
    saw = []
    core.create_namespaced_config_map(own, config_map("watched", "1"))
    since = core.list_namespaced_config_map(own).metadata.resource_version
    core.patch_namespaced_config_map("watched", own, {"data": {"value": "2"}})
    core.delete_namespaced_config_map("watched", own)
    watcher = watch.Watch()
    selector = "metadata.name=watched"
    for event in watcher.stream(
        core.list_namespaced_config_map, own, field_selector=selector, resource_version=since, timeout_seconds=20
    ):
        saw.append([event["type"], event["object"].data])
        if event["type"] == "DELETED":
            watcher.stop()
    return saw


def followed():
    lines = []
    watcher = watch.Watch()
    for line in watcher.stream(core.read_namespaced_pod_log, "talker", shared, container="main"):
        lines.append(line)
        if line == "line 3":
            watcher.stop()
    return lines


def talked():
    script = ["sh", "-c", "read line; echo read $line; echo err >&2; exit 6"]
    open_stream = stream(
        core.connect_get_namespaced_pod_exec,
        "talker",
        shared,
        container="main",
        command=script,
        stdin=True,
        stdout=True,
        stderr=True,
        tty=False,
        _preload_content=False,
    )
    open_stream.write_stdin("a line\n")
    open_stream.run_forever(timeout=20)
    return {"stdout": open_stream.read_stdout(), "stderr": open_stream.read_stderr(), "code": open_stream.returncode}


def executed():
    return stream(
        core.connect_get_namespaced_pod_exec,
        "talker",
        shared,
        container="main",
        command=["sh", "-c", "seq 1 5000 | md5sum"],
        stdin=False,
        stdout=True,
        stderr=True,
        tty=False,
    )


def forwarded():
    forward = portforward(core.connect_get_namespaced_pod_portforward, "talker", shared, ports="8080")
    connection = HTTPConnection("talker")
    connection.sock = forward.socket(8080)
    connection.sock.settimeout(20)
    connection.request("GET", "/index.html")
    answer = connection.getresponse()
    said = {"status": answer.status, "body": answer.read().decode(), "error": forward.error(8080)}
    connection.close()
    return said


def dynamically():
    maps = dynamic.DynamicClient(api).resources.get(api_version="v1", kind="ConfigMap")
    made = maps.create(body=config_map("dynamic", "1"), namespace=own).to_dict()
    maps.delete(name="dynamic", namespace=own)
    return made


def applied():
    body = config_map("applied", "1")
    maps = dynamic.DynamicClient(api).resources.get(api_version="v1", kind="ConfigMap")
    return maps.server_side_apply(body=body, namespace=own, name="applied", field_manager="table").to_dict()


OPERATIONS = {
    "list": lambda: core.list_namespaced_pod(shared, label_selector="app in (talker,listener)"),
    "list, in pages": lambda: [
        [each.metadata.name for each in page.items]
        for first in [core.list_namespaced_config_map(shared, limit=1)]
        for page in [first, core.list_namespaced_config_map(shared, limit=1, _continue=first.metadata._continue)]
    ],
    "read of what is not there": lambda: core.read_namespaced_pod("nobody", shared),
    "watch": watched,
    "create_namespaced_deployment": lambda: apps.create_namespaced_deployment(own, deployment()),
    "create of what is there": lambda: apps.create_namespaced_deployment(own, deployment()),
    "replace_namespaced_deployment_scale": lambda: apps.replace_namespaced_deployment_scale(
        "py", own, {"apiVersion": "autoscaling/v1", "kind": "Scale", "metadata": {"name": "py", "namespace": own}, "spec": {"replicas": 0}}
    ),
    # The rest changes while the controller works.
    "patch, strategic merge": lambda: apps.patch_namespaced_deployment("py", own, {"metadata": {"labels": {"team": "shop"}}}).metadata.labels,
    "apply": applied,
    "dynamic client": dynamically,
    "delete": lambda: core.delete_namespaced_config_map("applied", own),
    "log": lambda: core.read_namespaced_pod_log("talker", shared),
    "log, followed": followed,
    "exec": executed,
    "exec, talked to": talked,
    "port-forward": forwarded,
}


def run(operation):
    try:
        return {"result": plain(operation())}
    except ApiException as error:
        return {"code": error.status, "body": json.loads(error.body)}
    except Exception as error:  # whatever it is, the two sides are compared by it
        return {"error": f"{type(error).__name__}: {error}"}


for name, operation in OPERATIONS.items():
    print(json.dumps({"operation": name, **run(operation)}, sort_keys=True), flush=True)
