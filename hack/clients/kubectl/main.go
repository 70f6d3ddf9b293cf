// Command kubectl is kubectl, of whichever version of k8s.io/kubectl it is built with. It has no go.mod beside it: the build writes
// one for each version into a folder of its own.
package main

import (
	"os"

	"k8s.io/kubectl/pkg/cmd"
)

func main() {
	if err := cmd.NewDefaultKubectlCommand().Execute(); err != nil {
		os.Exit(1)
	}
}
