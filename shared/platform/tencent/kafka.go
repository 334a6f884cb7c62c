package tencent

import (
	"errors"

	"github.com/shipbell/shipbell/shared/platform"
)

func openKafka(func(string) string) (platform.Queue, error) {
	return nil, errors.New(varQueue + ": kafka is not built yet")
}
