package main

import (
	"context"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/types"
	applycorev1 "k8s.io/client-go/applyconfigurations/core/v1"
	"k8s.io/client-go/util/retry"
)

var made = &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Name: "made"}, Data: map[string]string{"a": "1"}, BinaryData: map[string][]byte{"raw": {0, 1, 255}}}

var writes = []operation{
	{"typed create, protobuf", func(ctx context.Context, s *stage) (any, error) {
		return s.typed.CoreV1().ConfigMaps(s.own).Create(ctx, made, metav1.CreateOptions{})
	}},
	{"typed create of what is there", func(ctx context.Context, s *stage) (any, error) {
		_, err := s.typed.CoreV1().ConfigMaps(s.own).Create(ctx, made, metav1.CreateOptions{})
		return apierrors.IsAlreadyExists(err), err
	}},
	{"typed update, protobuf", func(ctx context.Context, s *stage) (any, error) {
		found, err := s.typed.CoreV1().ConfigMaps(s.own).Get(ctx, "made", metav1.GetOptions{})
		if err != nil {
			return nil, err
		}
		found.Data["a"] = "2"
		return s.typed.CoreV1().ConfigMaps(s.own).Update(ctx, found, metav1.UpdateOptions{})
	}},
	{"typed update, a conflict", func(ctx context.Context, s *stage) (any, error) {
		stale := made.DeepCopy()
		stale.ResourceVersion = "1"
		_, err := s.typed.CoreV1().ConfigMaps(s.own).Update(ctx, stale, metav1.UpdateOptions{})
		return apierrors.IsConflict(err), err
	}},
	{"retry on conflict", func(ctx context.Context, s *stage) (any, error) {
		tries := 0
		err := retry.RetryOnConflict(retry.DefaultRetry, func() error {
			tries++
			found, err := s.typed.CoreV1().ConfigMaps(s.own).Get(ctx, "made", metav1.GetOptions{})
			if err != nil {
				return err
			}
			if tries == 1 {
				found.ResourceVersion = "1"
			}
			_, err = s.typed.CoreV1().ConfigMaps(s.own).Update(ctx, found, metav1.UpdateOptions{})
			return err
		})
		return tries, err
	}},
	{"strategic merge patch", func(ctx context.Context, s *stage) (any, error) {
		return s.typed.CoreV1().ConfigMaps(s.own).Patch(ctx, "made", types.StrategicMergePatchType, []byte(`{"data":{"b":"3"}}`), metav1.PatchOptions{})
	}},
	{"apply", func(ctx context.Context, s *stage) (any, error) {
		wanted := applycorev1.ConfigMap("applied", s.own).WithData(map[string]string{"x": "1"})
		return s.typed.CoreV1().ConfigMaps(s.own).Apply(ctx, wanted, metav1.ApplyOptions{FieldManager: "table"})
	}},
	{"dynamic create", func(ctx context.Context, s *stage) (any, error) {
		object := &unstructured.Unstructured{Object: map[string]any{
			"apiVersion": "v1", "kind": "ConfigMap", "metadata": map[string]any{"name": "dynamic-made"}, "data": map[string]any{"y": "1"},
		}}
		return s.dynamic.Resource(configMaps).Namespace(s.own).Create(ctx, object, metav1.CreateOptions{})
	}},
	{"delete, with a precondition", func(ctx context.Context, s *stage) (any, error) {
		wrong := types.UID("00000000-0000-0000-0000-000000000000")
		err := s.typed.CoreV1().ConfigMaps(s.own).Delete(ctx, "made", metav1.DeleteOptions{Preconditions: &metav1.Preconditions{UID: &wrong}})
		return apierrors.IsConflict(err), err
	}},
	{"delete, protobuf", func(ctx context.Context, s *stage) (any, error) {
		return nil, s.typed.CoreV1().ConfigMaps(s.own).Delete(ctx, "made", metav1.DeleteOptions{})
	}},
}
