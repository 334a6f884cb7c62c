// Command pack builds the functions for a cloud, lambda or scf, each as
// build/CLOUD/NAME.zip with the one file that the cloud looks for. The same source
// and Go version make the same bytes. It fails if a zip is larger than its limit. For
// scf the file also lies in build/scf/NAME, which its tool makes a zip of by itself.
package main

import (
	"archive/zip"
	"bytes"
	"cmp"
	"compress/flate"
	"flag"
	"fmt"
	"io"
	"log"
	"os"
	"os/exec"
	"path/filepath"
	"time"
)

// maxZip is the most bytes that a zip may have. A large program starts slowly.
const maxZip = 10_000_000

// cloud is what a cloud asks of its functions.
type cloud struct {
	name   string // of the folder of each function's main package
	binary string // the file in a zip
	tags   string // for the build
	arch   string // if no other is asked for
	// folders has the file of each zip left in a folder too.
	folders bool
}

func clouds() map[string]cloud {
	return map[string]cloud{
		"lambda": {name: "lambda", binary: "bootstrap", tags: "lambda.norpc", arch: "arm64"},
		"scf":    {name: "scf", binary: "main", arch: "amd64", folders: true},
	}
}

func main() {
	log.SetFlags(0)
	arch := flag.String("arch", "", "arm64 or amd64, as GOARCH has it")
	out := flag.String("out", "", "folder for the zips, build/CLOUD if not set")
	flag.Parse()
	c, known := clouds()[flag.Arg(0)]
	if !known || flag.NArg() != 1 {
		log.Fatal("usage: pack [-arch ARCH] [-out FOLDER] lambda|scf")
	}
	c.arch = cmp.Or(*arch, c.arch)
	if err := c.packAll(cmp.Or(*out, filepath.Join("build", c.name))); err != nil {
		log.Fatal(err)
	}
}

func (c cloud) packAll(out string) error {
	folders, err := filepath.Glob(filepath.Join("functions", "*", c.name))
	if err != nil || len(folders) == 0 {
		return fmt.Errorf("no functions/*/%s here (%v)", c.name, err)
	}
	if err := os.MkdirAll(out, 0o755); err != nil {
		return err
	}
	for _, folder := range folders {
		name := filepath.Base(filepath.Dir(folder))
		program, err := c.build(folder)
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		data, err := compress(c.binary, program)
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		if c.folders {
			if err := write(filepath.Join(out, name), c.binary, program); err != nil {
				return err
			}
		}
		if err := os.WriteFile(filepath.Join(out, name+".zip"), data, 0o644); err != nil {
			return err
		}
		fmt.Printf("%-10s %s %8d bytes\n", name, c.arch, len(data))
		if len(data) > maxZip {
			return fmt.Errorf("%s: larger than %d bytes", name, maxZip)
		}
	}
	return nil
}

// write puts a program into a folder.
func write(folder, binary string, program []byte) error {
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(folder, binary), program, 0o755)
}

// build makes the program of one function.
func (c cloud) build(folder string) ([]byte, error) {
	dir, err := os.MkdirTemp("", "pack")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	path := filepath.Join(dir, c.binary)
	build := exec.Command("go", "build", "-trimpath", "-buildvcs=false", "-tags", c.tags, "-ldflags", "-s -w", "-o", path, "./"+filepath.ToSlash(folder))
	build.Env = append(os.Environ(), "CGO_ENABLED=0", "GOOS=linux", "GOARCH="+c.arch)
	build.Stderr = os.Stderr
	if err := build.Run(); err != nil {
		return nil, err
	}
	return os.ReadFile(path)
}

// compress makes a zip of one program with nothing in it that depends on when or
// where it was made.
func compress(name string, program []byte) ([]byte, error) {
	var data bytes.Buffer
	w := zip.NewWriter(&data)
	w.RegisterCompressor(zip.Deflate, func(out io.Writer) (io.WriteCloser, error) { return flate.NewWriter(out, flate.BestCompression) })
	header := &zip.FileHeader{Name: name, Method: zip.Deflate, Modified: time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC)}
	header.SetMode(0o755)
	file, err := w.CreateHeader(header)
	if err != nil {
		return nil, err
	}
	if _, err := file.Write(program); err != nil {
		return nil, err
	}
	if err := w.Close(); err != nil {
		return nil, err
	}
	return data.Bytes(), nil
}
