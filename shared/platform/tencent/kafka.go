package tencent

import (
	"fmt"
	"net"
	"strings"

	"github.com/shipbell/shipbell/shared/platform"
)

func openKafka(getenv func(string) string) (platform.Queue, error) {
	for _, name := range []string{varBrokers, varTopic} {
		if getenv(name) == "" {
			return nil, fmt.Errorf("%s is not set", name)
		}
	}
	for _, broker := range strings.Split(getenv(varBrokers), ",") {
		if _, _, err := net.SplitHostPort(broker); err != nil {
			return nil, fmt.Errorf("%s: %q is not of the form host:port", varBrokers, broker)
		}
	}
	return nil, nil
}
