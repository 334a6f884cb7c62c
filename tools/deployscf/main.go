// Command deployscf deploys what serverless.yml describes to Tencent SCF, by the API of
// SCF itself: it needs no other tool. The code is that of the zips that make build/scf
// makes, as they are, so that the mode of the file in them does not depend on who packs.
//
//	deploy     create or update the functions and their triggers, and print their addresses
//	code       replace the code alone
//	addresses  print the addresses of the Function URLs
//	key        have the function triggers make an admin key, and print it
//	remove     delete the functions
//
// What the file leaves to ${env:NAME} comes from the environment, or else from .env.
// TENCENT_SECRET_ID and TENCENT_SECRET_KEY, and TENCENT_TOKEN for temporary ones, sign the
// requests. What was done stays done if a later step fails: deploy again.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"net/url"
	"os"
	"os/signal"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/tencentcloud/tencentcloud-sdk-go/tencentcloud/common"
	"github.com/tencentcloud/tencentcloud-sdk-go/tencentcloud/common/profile"
	scf "github.com/tencentcloud/tencentcloud-sdk-go/tencentcloud/scf/v20180416"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	err := run(ctx, os.Args[1:], os.Getenv, os.Stdout, time.Second)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "deployscf:", err)
		os.Exit(1)
	}
}

const usage = "usage: deployscf [flags] deploy|code|addresses|key|remove"

// run runs a command. The state of a function that changes is asked for once in each wait.
func run(ctx context.Context, args []string, getenv func(string) string, out io.Writer, wait time.Duration) error {
	flags := flag.NewFlagSet("deployscf", flag.ContinueOnError)
	flags.SetOutput(out)
	file := flags.String("file", "serverless.yml", "the `file` that describes the functions")
	env := flags.String("env", ".env", "the `file` with the variables that the environment lacks; it may be missing")
	code := flags.String("code", filepath.Join("build", "scf"), "the `folder` of the zips")
	endpoint := flags.String("endpoint", "https://scf.tencentcloudapi.com", "the `URL` of SCF's API")
	only := flags.String("only", "", "the functions to work on, `NAMES` of serverless.yml separated by commas; all if not set")
	if err := flags.Parse(args); err != nil {
		return err
	}
	if flags.NArg() != 1 {
		return errors.New(usage)
	}
	lookup, err := readEnv(*env, getenv)
	if err != nil {
		return err
	}
	p, err := readPlan(*file, lookup)
	if err != nil {
		return err
	}
	if err := p.keep(*only); err != nil {
		return err
	}
	client, err := newClient(*endpoint, p.region, lookup)
	if err != nil {
		return err
	}
	d := &deployer{client: client, namespace: p.namespace, folder: *code, wait: wait, out: out}
	switch command := flags.Arg(0); command {
	case "deploy":
		return d.each(ctx, p.functions, d.deploy, d.settleTriggers)
	case "code":
		return d.each(ctx, p.functions, d.updateCode)
	case "addresses":
		return d.each(ctx, p.functions, d.printAddress)
	case "key":
		return d.makeKey(ctx, p.functions, lookup("SHIPBELL_ADMIN_SECRET"))
	case "remove":
		return d.each(ctx, p.functions, d.remove)
	default:
		return fmt.Errorf("there is no command %q; %s", command, usage)
	}
}

// newClient makes a client of SCF's API.
func newClient(endpoint, region string, lookup func(string) string) (*scf.Client, error) {
	at, err := url.Parse(endpoint)
	if err != nil || at.Host == "" {
		return nil, errors.New("-endpoint: write it as https://scf.tencentcloudapi.com")
	}
	id, key := lookup("TENCENT_SECRET_ID"), lookup("TENCENT_SECRET_KEY")
	if id == "" || key == "" {
		return nil, errors.New("TENCENT_SECRET_ID and TENCENT_SECRET_KEY are not set")
	}
	p := profile.NewClientProfile()
	p.HttpProfile.Scheme, p.HttpProfile.Endpoint, p.HttpProfile.ReqTimeout = at.Scheme, at.Host, 120
	p.RateLimitExceededMaxRetries = 5
	p.Language = "en-US"
	return scf.NewClient(common.NewTokenCredential(id, key, lookup("TENCENT_TOKEN")), region, p)
}

// keep drops the functions that are not named; "" names all.
func (p *plan) keep(names string) error {
	if names == "" {
		return nil
	}
	var kept []function
	for name := range strings.SplitSeq(names, ",") {
		i := slices.IndexFunc(p.functions, func(f function) bool { return f.key == name })
		if i < 0 {
			return fmt.Errorf("-only: serverless.yml has no function %q", name)
		}
		kept = append(kept, p.functions[i])
	}
	p.functions = kept
	return nil
}
