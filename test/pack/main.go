// Command pack builds the functions for AWS Lambda, each as build/lambda/NAME.zip
// with the one file bootstrap. The same source and Go version make the same
// bytes. It fails if a zip is larger than its limit.
package main

import (
	"archive/zip"
	"bytes"
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

// maxZip keeps functions small: what is large starts slowly.
const maxZip = 4_000_000

func main() {
	log.SetFlags(0)
	arch := flag.String("arch", "arm64", "arm64 or amd64, as GOARCH has it")
	out := flag.String("out", filepath.Join("build", "lambda"), "folder for the zips")
	flag.Parse()
	if err := packAll(*arch, *out); err != nil {
		log.Fatal(err)
	}
}

func packAll(arch, out string) error {
	doors, err := filepath.Glob(filepath.Join("functions", "*", "lambda"))
	if err != nil || len(doors) == 0 {
		return fmt.Errorf("no functions/*/lambda here (%v)", err)
	}
	if err := os.MkdirAll(out, 0o755); err != nil {
		return err
	}
	for _, door := range doors {
		name := filepath.Base(filepath.Dir(door))
		data, err := pack(door, arch)
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		if err := os.WriteFile(filepath.Join(out, name+".zip"), data, 0o644); err != nil {
			return err
		}
		fmt.Printf("%-10s %s %8d bytes\n", name, arch, len(data))
		if len(data) > maxZip {
			return fmt.Errorf("%s: larger than %d bytes", name, maxZip)
		}
	}
	return nil
}

// pack builds one function and zips it.
func pack(door, arch string) ([]byte, error) {
	dir, err := os.MkdirTemp("", "pack")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	binary := filepath.Join(dir, "bootstrap")
	build := exec.Command("go", "build", "-trimpath", "-buildvcs=false", "-tags", "lambda.norpc", "-ldflags", "-s -w", "-o", binary, "./"+filepath.ToSlash(door))
	build.Env = append(os.Environ(), "CGO_ENABLED=0", "GOOS=linux", "GOARCH="+arch)
	build.Stderr = os.Stderr
	if err := build.Run(); err != nil {
		return nil, err
	}
	data, err := os.ReadFile(binary)
	if err != nil {
		return nil, err
	}
	return compress(data)
}

// compress makes a zip of bootstrap with nothing in it that depends on when or
// where it was made.
func compress(bootstrap []byte) ([]byte, error) {
	var data bytes.Buffer
	w := zip.NewWriter(&data)
	w.RegisterCompressor(zip.Deflate, func(out io.Writer) (io.WriteCloser, error) { return flate.NewWriter(out, flate.BestCompression) })
	header := &zip.FileHeader{Name: "bootstrap", Method: zip.Deflate, Modified: time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC)}
	header.SetMode(0o755)
	file, err := w.CreateHeader(header)
	if err != nil {
		return nil, err
	}
	if _, err := file.Write(bootstrap); err != nil {
		return nil, err
	}
	if err := w.Close(); err != nil {
		return nil, err
	}
	return data.Bytes(), nil
}
