package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/goreleaser/nfpm/v2"
	"github.com/goreleaser/nfpm/v2/deb"
	"github.com/goreleaser/nfpm/v2/files"
	"github.com/goreleaser/nfpm/v2/rpm"
)

// pack writes the packages of Debian and of Fedora and its kin.
func (r *release) pack(b binary, out string) error {
	for _, kind := range []nfpm.Packager{deb.Default, rpm.DefaultRPM} {
		// Each kind has its own words for platforms, and puts them into info.
		info := nfpm.WithDefaults(r.packageInfo(b))
		file, err := os.Create(filepath.Join(out, kind.ConventionalFileName(info)))
		if err != nil {
			return err
		}
		if err := errors.Join(kind.Package(info, file), file.Close()); err != nil {
			return fmt.Errorf("write %s: %w", file.Name(), err)
		}
	}
	return nil
}

// packageInfo is what is in a package and what is said about it.
func (r *release) packageInfo(b binary) *nfpm.Info {
	systemd := filepath.Join(r.root, "deploy", "systemd")
	content := func(source, destination, kind string, mode os.FileMode) *files.Content {
		return &files.Content{Source: source, Destination: destination, Type: kind, FileInfo: &files.ContentFileInfo{Mode: mode, MTime: r.time}}
	}
	info := &nfpm.Info{
		Name: "shipbell", Arch: b.arch, Platform: "linux", Version: r.version, Release: "1",
		Section: "net", Priority: "optional", Maintainer: "Shipbell", License: "Apache-2.0",
		Description: "Sends webhooks when a container registry changes\nIt matches the events of a registry against triggers, and delivers them to their targets.",
		MTime:       r.time, DisableGlobbing: true,
	}
	info.Contents = files.Contents{
		content(b.path, "/usr/bin/shipbell", files.TypeFile, 0o755),
		content(filepath.Join(systemd, "shipbell.service"), "/usr/lib/systemd/system/shipbell.service", files.TypeFile, 0o644),
		content(filepath.Join(systemd, "sysusers.conf"), "/usr/lib/sysusers.d/shipbell.conf", files.TypeFile, 0o644),
		content(filepath.Join(systemd, "shipbell.default"), "/etc/default/shipbell", files.TypeConfigNoReplace, 0o640),
		content(filepath.Join(r.root, "README.md"), "/usr/share/doc/shipbell/README.md", files.TypeFile, 0o644),
		content(filepath.Join(r.root, "LICENSE"), "/usr/share/doc/shipbell/copyright", files.TypeFile, 0o644),
	}
	info.Scripts = nfpm.Scripts{
		PostInstall: filepath.Join(systemd, "postinstall.sh"),
		PreRemove:   filepath.Join(systemd, "preremove.sh"),
		PostRemove:  filepath.Join(systemd, "postremove.sh"),
	}
	// The name of the machine would be in the package otherwise.
	info.RPM.BuildHost = "shipbell"
	return info
}
