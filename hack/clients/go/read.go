package main

import (
	"context"
	"io"
	"sort"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/discovery"
	"k8s.io/client-go/metadata"
)

var configMaps = schema.GroupVersionResource{Version: "v1", Resource: "configmaps"}

var reads = []operation{
	{"discovery", func(_ context.Context, s *stage) (any, error) {
		client, err := discovery.NewDiscoveryClientForConfig(s.config)
		if err != nil {
			return nil, err
		}
		_, lists, err := client.ServerGroupsAndResources()
		sort.Slice(lists, func(a, b int) bool { return lists[a].GroupVersion < lists[b].GroupVersion })
		return lists, err
	}},
	{"typed get", func(ctx context.Context, s *stage) (any, error) {
		return s.typed.CoreV1().Pods(s.shared).Get(ctx, "talker", metav1.GetOptions{})
	}},
	{"typed list", func(ctx context.Context, s *stage) (any, error) {
		return s.typed.CoreV1().ConfigMaps(s.shared).List(ctx, metav1.ListOptions{})
	}},
	{"typed list, in pages", func(ctx context.Context, s *stage) (any, error) {
		names := []string{}
		for next := ""; ; {
			page, err := s.typed.CoreV1().ConfigMaps(s.shared).List(ctx, metav1.ListOptions{Limit: 1, Continue: next})
			if err != nil {
				return names, err
			}
			for _, item := range page.Items {
				names = append(names, item.Name)
			}
			if next = page.Continue; next == "" {
				return names, nil
			}
		}
	}},
	{"typed get of what is not there", func(ctx context.Context, s *stage) (any, error) {
		_, err := s.typed.CoreV1().Pods(s.shared).Get(ctx, "nobody", metav1.GetOptions{})
		return apierrors.IsNotFound(err), err
	}},
	{"dynamic list", func(ctx context.Context, s *stage) (any, error) {
		list, err := s.dynamic.Resource(configMaps).Namespace(s.shared).List(ctx, metav1.ListOptions{})
		if err != nil {
			return nil, err
		}
		return list.UnstructuredContent(), nil
	}},
	{"metadata list", func(ctx context.Context, s *stage) (any, error) {
		client, err := metadata.NewForConfig(s.config)
		if err != nil {
			return nil, err
		}
		list, err := client.Resource(configMaps).Namespace(s.shared).List(ctx, metav1.ListOptions{})
		if err != nil {
			return nil, err
		}
		names := []string{}
		for _, item := range list.Items {
			names = append(names, item.Name+" "+item.Annotations["note"])
		}
		sort.Strings(names)
		return names, nil
	}},
	{"logs", func(ctx context.Context, s *stage) (any, error) {
		stream, err := s.typed.CoreV1().Pods(s.shared).GetLogs("talker", &corev1.PodLogOptions{}).Stream(ctx)
		if err != nil {
			return nil, err
		}
		defer stream.Close()
		text, err := io.ReadAll(stream)
		return string(text), err
	}},
}
