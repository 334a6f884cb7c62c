package main

import (
	"archive/tar"
	"archive/zip"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"path/filepath"
	"time"
)

// entry is a file or a directory of an archive or of a layer of the image.
type entry struct {
	name string
	mode int64
	// owner is the number of its user and group.
	owner int
	dir   bool
	data  []byte
}

// archive writes what people unpack by hand: the binary, the licence and the first page.
func (r *release) archive(b binary, out string) error {
	folder := r.name(b.platform)
	entries := []entry{{name: folder, mode: 0o755, dir: true}}
	for _, one := range []struct {
		name, source string
		mode         int64
	}{
		{"LICENSE", filepath.Join(r.root, "LICENSE"), 0o644},
		{"README.md", filepath.Join(r.root, "README.md"), 0o644},
		{b.file(), b.path, 0o755},
	} {
		data, err := os.ReadFile(one.source)
		if err != nil {
			return err
		}
		entries = append(entries, entry{name: path.Join(folder, one.name), mode: one.mode, data: data})
	}
	write, suffix := writeTarGz, ".tar.gz"
	if b.os == "windows" {
		write, suffix = writeZip, ".zip"
	}
	file, err := os.Create(filepath.Join(out, folder+suffix))
	if err != nil {
		return err
	}
	return errors.Join(write(file, entries, r.time), file.Close())
}

func writeTarGz(to io.Writer, entries []entry, at time.Time) error {
	packed, err := gzip.NewWriterLevel(to, gzip.BestCompression)
	if err != nil {
		return err
	}
	return errors.Join(writeTar(packed, entries, at), packed.Close())
}

func writeTar(to io.Writer, entries []entry, at time.Time) error {
	archive := tar.NewWriter(to)
	for _, one := range entries {
		header := &tar.Header{Name: one.name, Mode: one.mode, Uid: one.owner, Gid: one.owner, ModTime: at, Size: int64(len(one.data)), Typeflag: tar.TypeReg}
		if one.dir {
			header.Name, header.Typeflag = one.name+"/", tar.TypeDir
		}
		if err := archive.WriteHeader(header); err != nil {
			return fmt.Errorf("write %s: %w", one.name, err)
		}
		if _, err := archive.Write(one.data); err != nil {
			return fmt.Errorf("write %s: %w", one.name, err)
		}
	}
	return archive.Close()
}

func writeZip(to io.Writer, entries []entry, at time.Time) error {
	archive := zip.NewWriter(to)
	for _, one := range entries {
		if one.dir {
			continue // the names of the files make it
		}
		header := &zip.FileHeader{Name: one.name, Method: zip.Deflate, Modified: at}
		header.SetMode(os.FileMode(one.mode))
		file, err := archive.CreateHeader(header)
		if err == nil {
			_, err = file.Write(one.data)
		}
		if err != nil {
			return fmt.Errorf("write %s: %w", one.name, err)
		}
	}
	return archive.Close()
}
