package main

import (
	"archive/zip"
	"bytes"
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/tencentcloud/tencentcloud-sdk-go/tencentcloud/common"
	sdkerrors "github.com/tencentcloud/tencentcloud-sdk-go/tencentcloud/common/errors"
	scf "github.com/tencentcloud/tencentcloud-sdk-go/tencentcloud/scf/v20180416"
)

const (
	// maxZip is what fits into a request of 10 MB in base64.
	maxZip = 7_000_000
	// maxAsks is how often the state of a function is asked for until it is given up.
	maxAsks = 180
)

// deployer makes functions and triggers what they should be.
type deployer struct {
	client            *scf.Client
	namespace, folder string
	wait              time.Duration
	out               io.Writer
}

// each does steps for one function after the other, and stops at the first error.
func (d *deployer) each(ctx context.Context, functions []function, steps ...func(context.Context, function) error) error {
	for _, f := range functions {
		for _, step := range steps {
			if err := step(ctx, f); err != nil {
				return fmt.Errorf("%s: %w", f.name, err)
			}
		}
	}
	return nil
}

// say prints a line about a function.
func (d *deployer) say(f function, format string, args ...any) {
	fmt.Fprintf(d.out, "%-10s %s\n", f.key, fmt.Sprintf(format, args...))
}

// deploy creates a function, or brings its settings and then its code up to date: new code
// finds the settings that it reads.
func (d *deployer) deploy(ctx context.Context, f function) error {
	code, err := d.code(f)
	if err != nil {
		return err
	}
	known, err := d.find(ctx, f)
	if err != nil {
		return err
	}
	if known == nil {
		request := f.create(d.namespace)
		request.Code = code
		if _, err := d.client.CreateFunctionWithContext(ctx, request); err != nil {
			return fmt.Errorf("create it: %w", err)
		}
		d.say(f, "created as %s", f.name)
		return d.settle(ctx, f)
	}
	if err := d.settle(ctx, f); err != nil {
		return err
	}
	if _, err := d.client.UpdateFunctionConfigurationWithContext(ctx, f.configure(d.namespace, known)); err != nil {
		return fmt.Errorf("update its settings: %w", err)
	}
	d.say(f, "settings updated")
	if err := d.settle(ctx, f); err != nil {
		return err
	}
	return d.updateCode(ctx, f)
}

// updateCode replaces the code of a function that is there.
func (d *deployer) updateCode(ctx context.Context, f function) error {
	code, err := d.code(f)
	if err != nil {
		return err
	}
	request := scf.NewUpdateFunctionCodeRequest()
	request.FunctionName, request.Namespace, request.Handler, request.Code = &f.name, &d.namespace, &f.handler, code
	if _, err := d.client.UpdateFunctionCodeWithContext(ctx, request); err != nil {
		return fmt.Errorf("update its code: %w", err)
	}
	d.say(f, "code updated")
	return d.settle(ctx, f)
}

// code reads the zip of a function, which must hold the program, fit to be run.
func (d *deployer) code(f function) (*scf.Code, error) {
	path := filepath.Join(d.folder, f.src+".zip")
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("%w (make build/scf makes it)", err)
	}
	if len(data) > maxZip {
		return nil, fmt.Errorf("%s has %d bytes, and a request takes %d", path, len(data), maxZip)
	}
	content, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", path, err)
	}
	i := slices.IndexFunc(content.File, func(one *zip.File) bool { return one.Name == f.handler })
	if i < 0 || content.File[i].Mode()&0o111 != 0o111 {
		return nil, fmt.Errorf("%s holds no %s that can be run", path, f.handler)
	}
	return &scf.Code{ZipFile: common.StringPtr(base64.StdEncoding.EncodeToString(data))}, nil
}

// find reads a function; nil if there is none.
func (d *deployer) find(ctx context.Context, f function) (*scf.GetFunctionResponseParams, error) {
	request := scf.NewGetFunctionRequest()
	request.FunctionName, request.Namespace, request.ShowCode = &f.name, &d.namespace, common.StringPtr("FALSE")
	answer, err := d.client.GetFunctionWithContext(ctx, request)
	if isMissing(err) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("look for it: %w", err)
	}
	return answer.Response, nil
}

// isMissing reports whether an error tells that there is no such function.
func isMissing(err error) bool {
	var failed *sdkerrors.TencentCloudSDKError
	return errors.As(err, &failed) && slices.Contains([]string{"ResourceNotFound.Function", "ResourceNotFound.FunctionName"}, failed.Code)
}

// settle waits until a change of a function is done. Until then it takes no other.
func (d *deployer) settle(ctx context.Context, f function) error {
	status := ""
	for range maxAsks {
		known, err := d.find(ctx, f)
		if err != nil {
			return err
		}
		if known == nil {
			return errors.New("there is no such function")
		}
		status = text(known.Status)
		switch status {
		case "Active":
			return nil
		case "Creating", "Updating", "Publishing":
		default:
			return fmt.Errorf("its state is %s: %s", status, reasons(known))
		}
		select {
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-time.After(d.wait):
		}
	}
	return fmt.Errorf("its state is still %s", status)
}

// reasons say why a function is not active.
func reasons(known *scf.GetFunctionResponseParams) string {
	for _, one := range known.StatusReasons {
		if one != nil && text(one.ErrorMessage) != "" {
			return text(one.ErrorMessage)
		}
	}
	return text(known.StatusDesc)
}

// remove deletes a function with its triggers. One that is not there is no error.
func (d *deployer) remove(ctx context.Context, f function) error {
	request := scf.NewDeleteFunctionRequest()
	request.FunctionName, request.Namespace = &f.name, &d.namespace
	if _, err := d.client.DeleteFunctionWithContext(ctx, request); err != nil && !isMissing(err) {
		return fmt.Errorf("delete it: %w", err)
	}
	d.say(f, "deleted")
	return nil
}

// text is what a pointer of the SDK points at, or "".
func text(p *string) string {
	if p == nil {
		return ""
	}
	return *p
}
