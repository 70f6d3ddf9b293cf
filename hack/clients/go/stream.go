package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"strings"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/util/httpstream"
	"k8s.io/client-go/kubernetes/scheme"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/portforward"
	"k8s.io/client-go/tools/remotecommand"
	"k8s.io/client-go/transport/spdy"
)

func execRequest(s *stage, script string) *rest.Request {
	return s.typed.CoreV1().RESTClient().Post().Namespace(s.shared).Resource("pods").Name("talker").SubResource("exec").VersionedParams(&corev1.PodExecOptions{
		Command: []string{"sh", "-c", script}, Stdin: true, Stdout: true, Stderr: true,
	}, scheme.ParameterCodec)
}

func run(ctx context.Context, executor remotecommand.Executor) (any, error) {
	var stdout, stderr bytes.Buffer
	err := executor.StreamWithContext(ctx, remotecommand.StreamOptions{Stdin: strings.NewReader("from here\n"), Stdout: &stdout, Stderr: &stderr})
	return map[string]string{"stdout": stdout.String(), "stderr": stderr.String()}, err
}

const script = "cat; echo out; echo err >&2; exit 4"

func forward(s *stage, dialer httpstream.Dialer) (any, error) {
	stop, ready := make(chan struct{}), make(chan struct{})
	forwarder, err := portforward.New(dialer, []string{"0:8080"}, stop, ready, io.Discard, io.Discard)
	if err != nil {
		return nil, err
	}
	ended := make(chan error, 1)
	go func() { ended <- forwarder.ForwardPorts() }()
	select {
	case err := <-ended:
		return nil, err
	case <-ready:
	}
	defer func() { close(stop); <-ended }()
	ports, err := forwarder.GetPorts()
	if err != nil {
		return nil, err
	}
	answer, err := http.Get(fmt.Sprintf("http://127.0.0.1:%d/index.html", ports[0].Local))
	if err != nil {
		return nil, err
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	return string(text), err
}

var streams = []operation{
	{"exec, WebSocket", func(ctx context.Context, s *stage) (any, error) {
		executor, err := remotecommand.NewWebSocketExecutor(s.config, "GET", execRequest(s, script).URL().String())
		if err != nil {
			return nil, err
		}
		return run(ctx, executor)
	}},
	{"exec, SPDY", func(ctx context.Context, s *stage) (any, error) {
		executor, err := remotecommand.NewSPDYExecutor(s.config, "POST", execRequest(s, script).URL())
		if err != nil {
			return nil, err
		}
		return run(ctx, executor)
	}},
	{"port-forward, SPDY", func(_ context.Context, s *stage) (any, error) {
		transport, upgrader, err := spdy.RoundTripperFor(s.config)
		if err != nil {
			return nil, err
		}
		url := s.typed.CoreV1().RESTClient().Post().Namespace(s.shared).Resource("pods").Name("talker").SubResource("portforward").URL()
		return forward(s, spdy.NewDialer(upgrader, &http.Client{Transport: transport}, "POST", url))
	}},
	{"port-forward, WebSocket", func(_ context.Context, s *stage) (any, error) {
		url := s.typed.CoreV1().RESTClient().Get().Namespace(s.shared).Resource("pods").Name("talker").SubResource("portforward").URL()
		dialer, err := portforward.NewSPDYOverWebsocketDialer(url, s.config)
		if err != nil {
			return nil, err
		}
		return forward(s, dialer)
	}},
}
