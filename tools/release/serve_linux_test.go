package main

import (
	"bufio"
	"net/http"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"
)

// serving is a server as a package or an image starts it.
type serving struct {
	// root is the directory that the process takes for /.
	root    string
	user    uint32
	command []string
	env     []string
	dir     string
}

// ready starts the server in its root on a free port of loopback, and waits until readyz
// answers 200. It needs root, to be in another root and another user.
func (s serving) ready(t *testing.T) {
	t.Helper()
	if syscall.Geteuid() != 0 {
		unable(t, "only root can run it as its user in its root")
	}
	cmd := exec.Command(s.command[0], s.command[1:]...)
	cmd.Env, cmd.Dir = append(s.env, "SHIPBELL_LISTEN=127.0.0.1:0"), s.dir
	cmd.SysProcAttr = &syscall.SysProcAttr{Chroot: s.root, Credential: &syscall.Credential{Uid: s.user, Gid: s.user}}
	var log strings.Builder
	cmd.Stderr = &log
	printed, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	// Killed if it hangs, which ends what it prints.
	limit := time.AfterFunc(30*time.Second, func() { _ = cmd.Process.Kill() })
	defer limit.Stop()
	line, _ := bufio.NewReader(printed).ReadString('\n')
	address, isReady := strings.CutPrefix(strings.TrimSpace(line), "shipbell ready on ")
	if isReady {
		answer, err := http.Get(address + "/readyz")
		if err != nil {
			t.Error(err)
		} else if answer.Body.Close(); answer.StatusCode != http.StatusOK {
			t.Errorf("readyz answered %s", answer.Status)
		}
	}
	_ = cmd.Process.Signal(syscall.SIGTERM)
	if err := cmd.Wait(); err != nil || !isReady {
		t.Errorf("%v: printed %q, %v; its log:\n%s", s.command, line, err, log.String())
	}
}
