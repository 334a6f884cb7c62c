package scf_test

import (
	"testing"

	"github.com/shipbell/shipbell/test/clouds"
)

func TestStart(t *testing.T) {
	request := func(path string) any { return map[string]string{"httpMethod": "GET", "path": path} }
	clouds.Starts(t, newCloud(t, options{}).Stack, request, map[string]string{"shipbell": "deliver"})
}
