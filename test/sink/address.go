package sink

import (
	"cmp"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os"
	"testing"
)

// address is the variable that names the address where sinks listen.
const address = "SHIPBELL_TEST_SINKS"

// OffLoopback runs a package's tests, for os.Exit in a TestMain, with sinks that
// listen at another address of this machine than loopback, which functions in a
// cloud never reach.
func OffLoopback(m *testing.M) int {
	addr, err := offLoopback()
	if err == nil {
		err = os.Setenv(address, addr.String())
	}
	if err != nil {
		fmt.Fprintf(os.Stderr, "find an address for sinks: %v\n", err)
		return 1
	}
	return m.Run()
}

// Network is the network that sinks are in, as --allow-targets takes it.
func Network() string {
	addr := netip.MustParseAddr(listenAddress())
	return netip.PrefixFrom(addr, addr.BitLen()).String()
}

func listenAddress() string { return cmp.Or(os.Getenv(address), "127.0.0.1") }

// offLoopback finds an address of this machine that is neither loopback nor
// link-local.
func offLoopback() (netip.Addr, error) {
	all, err := net.InterfaceAddrs()
	if err != nil {
		return netip.Addr{}, err
	}
	for _, one := range all {
		if prefix, err := netip.ParsePrefix(one.String()); err == nil && prefix.Addr().IsGlobalUnicast() {
			return prefix.Addr(), nil
		}
	}
	return netip.Addr{}, errors.New("this machine has none but loopback: add one, as by ip addr add 192.0.2.1/32 dev lo")
}
