// Command release builds what others install Shipbell from: archives, packages for Linux, an
// image, and what proves them. The same commit makes the same bytes.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"path/filepath"
)

func main() {
	root := flag.String("root", "../..", "`DIRECTORY` of the clone to build")
	push := flag.String("push", "", "also push the image to this `REPOSITORY`, such as registry.example.com/tools/shipbell")
	flag.Parse()
	if err := run(context.Background(), *root, *push); err != nil {
		fmt.Fprintln(os.Stderr, "release:", err)
		os.Exit(1)
	}
}

// run replaces what is in build/release, and pushes the image if push is not "".
func run(ctx context.Context, root, push string) error {
	r, err := open(ctx, root)
	if err != nil {
		return err
	}
	out := filepath.Join(r.root, "build", "release")
	if err := os.RemoveAll(out); err != nil {
		return fmt.Errorf("remove the release before: %w", err)
	}
	if err := r.build(ctx, out, platforms()); err != nil {
		return err
	}
	fmt.Println("built", out)
	if push == "" {
		return nil
	}
	reference, err := r.push(ctx, out, push)
	if err == nil {
		fmt.Println("pushed", reference)
	}
	return err
}
