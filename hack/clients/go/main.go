// Command go does with client-go what programs built on it do, and prints what it saw, one JSON line an operation:
//
//	go KUBECONFIG SHARED OWN
//
// It reads in the namespace SHARED and writes in OWN. An operation that fails prints its error; the code is 0 all the same, since what
// is compared is what was printed.
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"time"

	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"
)

type stage struct {
	config  *rest.Config
	typed   kubernetes.Interface
	dynamic dynamic.Interface
	shared  string
	own     string
}

type operation struct {
	name string
	run  func(context.Context, *stage) (any, error)
}

func open(kubeconfig, shared, own string) (*stage, error) {
	config, err := clientcmd.BuildConfigFromFlags("", kubeconfig)
	if err != nil {
		return nil, err
	}
	config.QPS, config.Burst = 100, 100
	// What every controller sends: protobuf in both directions, with JSON as what is taken instead.
	protobuf := rest.CopyConfig(config)
	protobuf.ContentType = "application/vnd.kubernetes.protobuf"
	protobuf.AcceptContentTypes = "application/vnd.kubernetes.protobuf,application/json"
	typed, err := kubernetes.NewForConfig(protobuf)
	if err != nil {
		return nil, err
	}
	dynamic, err := dynamic.NewForConfig(config)
	if err != nil {
		return nil, err
	}
	return &stage{config: config, typed: typed, dynamic: dynamic, shared: shared, own: own}, nil
}

func main() {
	if len(os.Args) != 4 {
		fmt.Fprintln(os.Stderr, "usage: go KUBECONFIG SHARED OWN")
		os.Exit(2)
	}
	stage, err := open(os.Args[1], os.Args[2], os.Args[3])
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	out := json.NewEncoder(os.Stdout)
	for _, group := range [][]operation{reads, watches, writes, streams} {
		for _, each := range group {
			ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
			saw, err := each.run(ctx, stage)
			cancel()
			line := map[string]any{"operation": each.name, "saw": saw}
			if err != nil {
				line["error"] = err.Error()
			}
			if err := out.Encode(line); err != nil {
				os.Exit(1)
			}
		}
	}
}
