// Command kubectl is a binary of its own, since tests start it thousands of times: a start initializes every package of its binary, and in that of
// the cluster it takes twice the processor time.
package main

import (
	"os"

	"k8s.io/component-base/cli"
	"k8s.io/kubectl/pkg/cmd"
)

func main() {
	os.Exit(cli.Run(cmd.NewDefaultKubectlCommand()))
}
