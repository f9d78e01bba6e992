// A signer of CometBFT 0.38 for one validator, as its own tests run it: arguments are the socket's path, the chain id, and the key
// and state files. Used by node/privval/go-signer.test.ts; see ../README.md.
package main

import (
	"fmt"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/cometbft/cometbft/libs/log"
	"github.com/cometbft/cometbft/privval"
)

func main() {
	path, chainID, keyFile, stateFile := os.Args[1], os.Args[2], os.Args[3], os.Args[4]
	logger := log.NewTMLogger(log.NewSyncWriter(os.Stderr))
	endpoint := privval.NewSignerDialerEndpoint(logger, privval.DialUnixFn(path),
		privval.SignerDialerEndpointConnRetries(1000), privval.SignerDialerEndpointTimeoutReadWrite(5*time.Second))
	server := privval.NewSignerServer(endpoint, chainID, privval.LoadFilePV(keyFile, stateFile))
	if err := server.Start(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	stop := make(chan os.Signal, 1)
	signal.Notify(stop, syscall.SIGINT, syscall.SIGTERM)
	<-stop
	_ = server.Stop()
}
