package main

import (
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// debian unpacks the package for Debian.
func debian(t *testing.T) (root string) {
	t.Helper()
	_, dir := releaseOf(t)
	// The user of the service has to reach it.
	root, err := os.MkdirTemp("", "shipbell-deb-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(root) })
	output(t, "dpkg-deb", "--extract", filepath.Join(dir, "shipbell_0.1.0-1_amd64.deb"), root)
	if err := os.Chmod(root, 0o755); err != nil {
		t.Fatal(err)
	}
	return root
}

func read(t *testing.T, path ...string) string {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(path...))
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

// setting is the value of a setting in a unit.
func setting(t *testing.T, unit, name string) string {
	t.Helper()
	found := regexp.MustCompile(`(?m)^`+name+`=(.+)$`).FindAllStringSubmatch(unit, -1)
	if len(found) != 1 {
		t.Fatalf("the unit has %d settings %s, want 1", len(found), name)
	}
	return found[0][1]
}

func TestUnitIsWellFormed(t *testing.T) {
	root := debian(t)
	// The unit names the binary by where it is installed, which is not this machine.
	unit := filepath.Join(root, "shipbell.service")
	text := strings.Replace(read(t, root, "usr/lib/systemd/system/shipbell.service"), "ExecStart=/usr", "ExecStart="+root+"/usr", 1)
	if err := os.WriteFile(unit, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	if said := output(t, "systemd-analyze", "verify", "--man=no", "--recursive-errors=no", unit); said != "" {
		t.Errorf("systemd-analyze verify says:\n%s", said)
	}
}

func TestUnitRuns(t *testing.T) {
	root := debian(t)
	unit := read(t, root, "usr/lib/systemd/system/shipbell.service")
	output(t, "systemd-sysusers", "--root="+root, "shipbell.conf")
	account := regexp.MustCompile(`(?m)^` + setting(t, unit, "User") + `:x:(\d+):(\d+):`).FindStringSubmatch(read(t, root, "etc/passwd"))
	if account == nil || account[1] == "0" {
		t.Fatalf("sysusers made no user %s: %v", setting(t, unit, "User"), account)
	}
	user, err := strconv.Atoi(account[1])
	if err != nil {
		t.Fatal(err)
	}
	data := filepath.Join(root, "var/lib", setting(t, unit, "StateDirectory"))
	if err := os.MkdirAll(data, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.Chown(data, user, user); err != nil {
		unable(t, err.Error())
	}
	serving{
		root: root, user: uint32(user), command: strings.Fields(setting(t, unit, "ExecStart")),
		env: []string{setting(t, unit, "Environment")}, dir: setting(t, unit, "WorkingDirectory"),
	}.ready(t)
	if _, err := os.Stat(filepath.Join(data, "admin-key")); err != nil {
		t.Errorf("the state directory has no admin key: %v", err)
	}
}

// packaged are the files of both packages.
var packaged = []string{
	"/etc/default/shipbell", "/usr/bin/shipbell", "/usr/lib/systemd/system/shipbell.service", "/usr/lib/sysusers.d/shipbell.conf",
	"/usr/share/doc/shipbell/README.md", "/usr/share/doc/shipbell/copyright",
}

func TestDebianPackage(t *testing.T) {
	_, dir := releaseOf(t)
	path := filepath.Join(dir, "shipbell_0.1.0-1_amd64.deb")
	var listed []string
	for line := range strings.Lines(output(t, "dpkg-deb", "--contents", path)) {
		if fields := strings.Fields(line); line[0] != 'd' {
			listed = append(listed, strings.TrimPrefix(fields[5], "."))
			if fields[1] != "root/root" {
				t.Errorf("%s belongs to %s", fields[5], fields[1])
			}
		}
	}
	if diff := cmp.Diff(packaged, listed); diff != "" {
		t.Errorf("files (-want +got):\n%s", diff)
	}
	control := t.TempDir()
	output(t, "dpkg-deb", "--control", path, control)
	if got := read(t, control, "conffiles"); got != "/etc/default/shipbell\n" {
		t.Errorf("conffiles: %q", got)
	}
	for _, script := range []string{"postinst", "prerm", "postrm"} {
		output(t, "sh", "-n", filepath.Join(control, script))
	}
	if !strings.Contains(read(t, control, "postinst"), "systemd-sysusers shipbell.conf") {
		t.Error("postinst makes no user")
	}
}

func TestRPM(t *testing.T) {
	_, dir := releaseOf(t)
	path := filepath.Join(dir, "shipbell-0.1.0-1.x86_64.rpm")
	if diff := cmp.Diff(packaged, strings.Fields(output(t, "rpm", "-qlp", path))); diff != "" {
		t.Errorf("files (-want +got):\n%s", diff)
	}
	if got := output(t, "rpm", "-qcp", path); got != "/etc/default/shipbell\n" {
		t.Errorf("configuration: %q", got)
	}
	if got := output(t, "rpm", "-qp", "--queryformat", "%{name} %{version} %{arch} %{license} %{buildhost}", path); got != "shipbell 0.1.0 x86_64 Apache-2.0 shipbell" {
		t.Errorf("is %s", got)
	}
	if !strings.Contains(output(t, "rpm", "-qp", "--scripts", path), "systemd-sysusers shipbell.conf") {
		t.Error("makes no user")
	}
}
