module jit.access/hack/bench/peers

go 1.26
