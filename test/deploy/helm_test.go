package deploy_test

import (
	"bytes"
	"errors"
	"io"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"gopkg.in/yaml.v3"

	"github.com/shipbell/shipbell/shared/shipbell"
	"github.com/shipbell/shipbell/test/registries"
)

const chart = "../../deploy/helm/shipbell"

// helm runs helm with settings of this test alone.
func helm(t *testing.T, arguments ...string) (printed []byte, err error) {
	t.Helper()
	dir := t.TempDir()
	cmd := exec.CommandContext(t.Context(), registries.Binary(t, "helm"), arguments...)
	cmd.Env = []string{"HOME=" + dir, "XDG_CACHE_HOME=" + dir, "XDG_CONFIG_HOME=" + dir, "XDG_DATA_HOME=" + dir}
	return cmd.CombinedOutput()
}

// workload is what the tests ask of a StatefulSet or a Deployment.
type workload struct {
	Kind string
	Spec struct {
		Replicas int
		Selector struct {
			MatchLabels map[string]string `yaml:"matchLabels"`
		}
		Template struct {
			Metadata struct{ Labels map[string]string }
			Spec     pod
		}
		VolumeClaimTemplates []struct{ Metadata struct{ Name string } } `yaml:"volumeClaimTemplates"`
	}
}

type pod struct {
	AutomountServiceAccountToken *bool          `yaml:"automountServiceAccountToken"`
	SecurityContext              map[string]any `yaml:"securityContext"`
	Containers                   []container
	Volumes                      []struct {
		Name     string
		EmptyDir *struct{} `yaml:"emptyDir"`
	}
}

type container struct {
	Image, Args     any
	Env             []variable
	Ports           []map[string]any
	LivenessProbe   map[string]any   `yaml:"livenessProbe"`
	ReadinessProbe  map[string]any   `yaml:"readinessProbe"`
	SecurityContext map[string]any   `yaml:"securityContext"`
	VolumeMounts    []map[string]any `yaml:"volumeMounts"`
}

type variable struct {
	Name, Value string
	ValueFrom   struct {
		SecretKeyRef struct{ Name, Key string } `yaml:"secretKeyRef"`
	} `yaml:"valueFrom"`
}

type service struct {
	Kind string
	Spec struct {
		Selector map[string]string
		Ports    []map[string]any
	}
}

// render makes the chart's objects with the values, and returns the one workload and the
// service.
func render(t *testing.T, values string) (w workload, s service) {
	t.Helper()
	printed, err := helm(t, "template", "demo", chart, "--set", values)
	if err != nil {
		t.Fatalf("helm template: %v\n%s", err, printed)
	}
	var kinds []string
	for documents := yaml.NewDecoder(bytes.NewReader(printed)); ; {
		var node yaml.Node
		err := documents.Decode(&node)
		if errors.Is(err, io.EOF) {
			break
		}
		var object struct{ Kind string }
		if err = errors.Join(err, node.Decode(&object)); err == nil && object.Kind == "Service" {
			err = node.Decode(&s)
		} else if err == nil {
			err = node.Decode(&w)
		}
		if err != nil {
			t.Fatal(err)
		}
		kinds = append(kinds, object.Kind)
	}
	if slices.Sort(kinds); len(kinds) != 2 || !slices.Contains(kinds, "Service") || len(w.Spec.Template.Spec.Containers) != 1 {
		t.Fatalf("the chart makes %v, with %d containers", kinds, len(w.Spec.Template.Spec.Containers))
	}
	return w, s
}

const image = "image.repository=registry.example.com/tools/shipbell"

// checkPod holds a pod to what both kinds promise.
func checkPod(t *testing.T, w workload, s service) {
	t.Helper()
	labels := w.Spec.Template.Metadata.Labels
	for _, selector := range []map[string]string{w.Spec.Selector.MatchLabels, s.Spec.Selector} {
		for name, value := range selector {
			if labels[name] != value {
				t.Errorf("a selector wants %s=%s, the pod has %q", name, value, labels[name])
			}
		}
	}
	one, spec := w.Spec.Template.Spec.Containers[0], w.Spec.Template.Spec
	if want := "registry.example.com/tools/shipbell:" + shipbell.Version; one.Image != want {
		t.Errorf("image %v, want %s", one.Image, want)
	}
	if spec.AutomountServiceAccountToken == nil || *spec.AutomountServiceAccountToken {
		t.Error("the pod has the token of an account")
	}
	// What the level "restricted" of Pod Security Standards asks for.
	restricted := map[string]any{"allowPrivilegeEscalation": false, "readOnlyRootFilesystem": true, "capabilities": map[string]any{"drop": []any{"ALL"}}}
	if diff := cmp.Diff(restricted, one.SecurityContext); diff != "" {
		t.Errorf("the container's security (-want +got):\n%s", diff)
	}
	if c := spec.SecurityContext; c["runAsNonRoot"] != true || c["runAsUser"] != 65532 || c["fsGroup"] != 65532 || !cmp.Equal(c["seccompProfile"], map[string]any{"type": "RuntimeDefault"}) {
		t.Errorf("the pod's security: %v", c)
	}
	port := one.Ports[0]["name"]
	for path, probe := range map[string]map[string]any{"/healthz": one.LivenessProbe, "/readyz": one.ReadinessProbe} {
		if diff := cmp.Diff(map[string]any{"path": path, "port": port}, probe["httpGet"]); diff != "" {
			t.Errorf("probe (-want +got):\n%s", diff)
		}
	}
	if s.Spec.Ports[0]["targetPort"] != port {
		t.Errorf("the service's port is %v, the container's %v", s.Spec.Ports[0], port)
	}
}

// checkVolumes finds every mount among the volumes, and the data among those of the kind.
func checkVolumes(t *testing.T, w workload, temporary ...string) {
	t.Helper()
	var got, claimed []string
	for _, volume := range w.Spec.Template.Spec.Volumes {
		if volume.EmptyDir == nil {
			t.Errorf("the volume %s is not an emptyDir", volume.Name)
		}
		got = append(got, volume.Name)
	}
	for _, claim := range w.Spec.VolumeClaimTemplates {
		claimed = append(claimed, claim.Metadata.Name)
	}
	if slices.Sort(got); !slices.Equal(got, temporary) {
		t.Errorf("temporary volumes %v, want %v", got, temporary)
	}
	for _, mount := range w.Spec.Template.Spec.Containers[0].VolumeMounts {
		if name, _ := mount["name"].(string); !slices.Contains(slices.Concat(got, claimed), name) {
			t.Errorf("no volume is called %s", name)
		}
	}
}

func TestChartOfOneProcess(t *testing.T) {
	w, s := render(t, image+",settings.SHIPBELL_REGISTRY_HOST=registry.example.com")
	checkPod(t, w, s)
	if w.Kind != "StatefulSet" || w.Spec.Replicas != 1 {
		t.Errorf("makes %d of a %s", w.Spec.Replicas, w.Kind)
	}
	checkVolumes(t, w, "tmp")
	want := []variable{{Name: "SHIPBELL_LISTEN", Value: "0.0.0.0:8080"}, {Name: "SHIPBELL_DATA", Value: "/var/lib/shipbell"}, {Name: "SHIPBELL_REGISTRY_HOST", Value: "registry.example.com"}}
	if diff := cmp.Diff(want, w.Spec.Template.Spec.Containers[0].Env); diff != "" {
		t.Errorf("variables (-want +got):\n%s", diff)
	}
}

func TestChartOfSeveralProcesses(t *testing.T) {
	w, s := render(t, image+",replicas=3,redis.address=rediss://redis:6379,redis.passwordSecret.name=of-redis,sealKeySecret.name=sealing")
	checkPod(t, w, s)
	if w.Kind != "Deployment" || w.Spec.Replicas != 3 {
		t.Errorf("makes %d of a %s", w.Spec.Replicas, w.Kind)
	}
	checkVolumes(t, w, "data", "tmp")
	want := []variable{{Name: "SHIPBELL_LISTEN", Value: "0.0.0.0:8080"}, {Name: "SHIPBELL_DATA", Value: "/var/lib/shipbell"}, {Name: "SHIPBELL_STORE", Value: "rediss://redis:6379"}, {Name: "SHIPBELL_REDIS_PASSWORD"}, {Name: "SHIPBELL_SEAL_KEY"}}
	want[3].ValueFrom.SecretKeyRef.Name, want[3].ValueFrom.SecretKeyRef.Key = "of-redis", "password"
	want[4].ValueFrom.SecretKeyRef.Name, want[4].ValueFrom.SecretKeyRef.Key = "sealing", "seal-key"
	if diff := cmp.Diff(want, w.Spec.Template.Spec.Containers[0].Env); diff != "" {
		t.Errorf("variables (-want +got):\n%s", diff)
	}
}

func TestChartIsWellFormed(t *testing.T) {
	if printed, err := helm(t, "lint", "--strict", chart, "--set", image); err != nil {
		t.Errorf("helm lint: %v\n%s", err, printed)
	}
	for values, needed := range map[string]string{
		"replicas=1":                         "image.repository is needed",
		image + ",redis.address=redis://r:1": "sealKeySecret.name is needed",
	} {
		if printed, err := helm(t, "template", filepath.Clean(chart), "--set", values); err == nil || !strings.Contains(string(printed), needed) {
			t.Errorf("with %s: %v, want an error that says %q:\n%s", values, err, needed, printed)
		}
	}
}
