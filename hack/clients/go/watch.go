package main

import (
	"context"
	"fmt"
	"sort"
	"sync"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/watch"
	"k8s.io/client-go/dynamic/dynamicinformer"
	"k8s.io/client-go/informers"
	"k8s.io/client-go/tools/cache"

	corev1 "k8s.io/api/core/v1"
)

// changed creates, changes and deletes a ConfigMap for whoever watches.
func changed(ctx context.Context, s *stage, name string) error {
	maps := s.typed.CoreV1().ConfigMaps(s.own)
	if _, err := maps.Create(ctx, &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Name: name}}, metav1.CreateOptions{}); err != nil {
		return err
	}
	patch := []byte(`{"data":{"step":"two"}}`)
	if _, err := maps.Patch(ctx, name, types.MergePatchType, patch, metav1.PatchOptions{}); err != nil {
		return err
	}
	return maps.Delete(ctx, name, metav1.DeleteOptions{})
}

// told keeps what handlers of an informer are told about one object.
type told struct {
	sync.Mutex
	lines []string
}

func (t *told) add(what string, object any, name string) {
	if unknown, ok := object.(cache.DeletedFinalStateUnknown); ok {
		object = unknown.Obj
	}
	if meta, ok := object.(metav1.Object); ok && meta.GetName() == name {
		t.Lock()
		defer t.Unlock()
		t.lines = append(t.lines, what)
	}
}

func (t *told) wait(ctx context.Context, last string) []string {
	for ctx.Err() == nil {
		t.Lock()
		lines := append([]string{}, t.lines...)
		t.Unlock()
		if len(lines) > 0 && lines[len(lines)-1] == last {
			return lines
		}
		time.Sleep(50 * time.Millisecond)
	}
	return nil
}

func follow(ctx context.Context, s *stage, informer cache.SharedIndexInformer, name string) (any, error) {
	saw := &told{}
	_, err := informer.AddEventHandler(cache.ResourceEventHandlerFuncs{
		AddFunc:    func(object any) { saw.add("added", object, name) },
		UpdateFunc: func(_, object any) { saw.add("updated", object, name) },
		DeleteFunc: func(object any) { saw.add("deleted", object, name) },
	})
	if err != nil {
		return nil, err
	}
	go informer.RunWithContext(ctx)
	if !cache.WaitForCacheSync(ctx.Done(), informer.HasSynced) {
		return nil, fmt.Errorf("it never had the whole list")
	}
	known := informer.GetStore().ListKeys()
	sort.Strings(known)
	if err := changed(ctx, s, name); err != nil {
		return known, err
	}
	return map[string]any{"known": len(known), "told": saw.wait(ctx, "deleted")}, nil
}

var watches = []operation{
	{"watch", func(ctx context.Context, s *stage) (any, error) {
		watching, err := s.typed.CoreV1().ConfigMaps(s.own).Watch(ctx, metav1.ListOptions{FieldSelector: "metadata.name=plain-watch"})
		if err != nil {
			return nil, err
		}
		defer watching.Stop()
		if err := changed(ctx, s, "plain-watch"); err != nil {
			return nil, err
		}
		saw := []string{}
		for event := range watching.ResultChan() {
			saw = append(saw, string(event.Type))
			if event.Type == watch.Deleted || event.Type == watch.Error {
				break
			}
		}
		return saw, nil
	}},
	{"informer, which lists by watching", func(ctx context.Context, s *stage) (any, error) {
		factory := informers.NewSharedInformerFactoryWithOptions(s.typed, 0, informers.WithNamespace(s.own))
		return follow(ctx, s, factory.Core().V1().ConfigMaps().Informer(), "informed")
	}},
	{"dynamic informer", func(ctx context.Context, s *stage) (any, error) {
		factory := dynamicinformer.NewFilteredDynamicSharedInformerFactory(s.dynamic, 0, s.own, nil)
		return follow(ctx, s, factory.ForResource(configMaps).Informer(), "dynamic")
	}},
}
