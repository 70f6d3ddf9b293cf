// Command peers is the bare Go reverse proxy that benchmarks compare the gateway with: TLS on both sides, one identity, nothing
// else. It authenticates nobody, so it listens on loopback alone and lives as long as its standard input.
package main

import (
	"crypto/tls"
	"crypto/x509"
	"flag"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httputil"
	"net/url"
	"os"
)

func main() {
	upstream := flag.String("upstream", "", "URL of kube-apiserver")
	caFile := flag.String("ca", "", "PEM of its CA")
	clientCert := flag.String("client-cert", "", "PEM of the client certificate")
	clientKey := flag.String("client-key", "", "PEM of its key")
	serverCert := flag.String("server-cert", "", "PEM of the certificate to serve with")
	serverKey := flag.String("server-key", "", "PEM of its key")
	flag.Parse()
	if *upstream == "" {
		flag.Usage()
		os.Exit(2)
	}
	if err := run(*upstream, *caFile, [2]string{*clientCert, *clientKey}, [2]string{*serverCert, *serverKey}); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(upstream, caFile string, client, server [2]string) error {
	target, err := url.Parse(upstream)
	if err != nil {
		return err
	}
	ca, err := os.ReadFile(caFile)
	if err != nil {
		return err
	}
	roots := x509.NewCertPool()
	if !roots.AppendCertsFromPEM(ca) {
		return fmt.Errorf("%s: no certificate", caFile)
	}
	identity, err := tls.LoadX509KeyPair(client[0], client[1])
	if err != nil {
		return err
	}
	certificate, err := tls.LoadX509KeyPair(server[0], server[1])
	if err != nil {
		return err
	}
	proxy := &httputil.ReverseProxy{
		Rewrite: func(request *httputil.ProxyRequest) { request.SetURL(target) },
		Transport: &http.Transport{
			TLSClientConfig:     &tls.Config{RootCAs: roots, Certificates: []tls.Certificate{identity}},
			MaxIdleConnsPerHost: 128,
			DisableCompression:  true,
		},
		FlushInterval: -1,
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	// HTTP/1.1 on both sides, as the gateway speaks it: the same work, counted the same.
	serving := &http.Server{Handler: proxy, TLSConfig: &tls.Config{Certificates: []tls.Certificate{certificate}, NextProtos: []string{"http/1.1"}}}
	go func() {
		_, _ = io.Copy(io.Discard, os.Stdin)
		_ = serving.Close()
	}()
	fmt.Printf("https://%s\n", listener.Addr())
	if err := serving.ServeTLS(listener, "", ""); err != http.ErrServerClosed {
		return err
	}
	return nil
}
