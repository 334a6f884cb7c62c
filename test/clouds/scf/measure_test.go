package scf_test

import (
	"testing"

	"github.com/shipbell/shipbell/test/clouds"
)

func TestStart(t *testing.T) {
	request := map[string]string{"httpMethod": "GET", "path": "/healthz"}
	clouds.Starts(t, newCloud(t, options{}).Stack, request, map[string]any{"shipbell": "deliver", "messages": []string{}})
}
