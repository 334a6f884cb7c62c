package tencent

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"strings"

	"github.com/tencentcloud/tencentcloud-sdk-go/tencentcloud/common"
	sdkerrors "github.com/tencentcloud/tencentcloud-sdk-go/tencentcloud/common/errors"
	"github.com/tencentcloud/tencentcloud-sdk-go/tencentcloud/common/profile"
	scf "github.com/tencentcloud/tencentcloud-sdk-go/tencentcloud/scf/v20180416"

	"github.com/shipbell/shipbell/shared/platform"
)

const (
	// invokeTimeout is how long one request may take, in seconds as the SDK has it.
	invokeTimeout = 10
	// invokeTries is how often a request is made that failed by the service's fault.
	invokeTries = 3
)

// invoker makes asynchronous invocations of the function deliver. SCF limits how many are
// made in a second, so one is made for many messages.
type invoker struct {
	client                         *scf.Client
	function, namespace, qualifier string
}

func openInvoke(getenv func(string) string) (*invoker, error) {
	keys, err := openCredentials(getenv)
	if err != nil {
		return nil, err
	}
	region := or(getenv(varRegion), getenv("TENCENTCLOUD_REGION"))
	if region == "" {
		return nil, fmt.Errorf("%s is not set", varRegion)
	}
	if id, key, _ := keys.GetCredential(); id == "" || key == "" {
		return nil, fmt.Errorf("%s is not set, and the function has no role", varSecretID)
	}
	endpoint, err := url.Parse(or(getenv(varEndpoint), "https://scf.tencentcloudapi.com"))
	if err != nil || endpoint.Scheme != "https" && endpoint.Scheme != "http" || endpoint.Host == "" || endpoint.User != nil || strings.Trim(endpoint.Path, "/") != "" {
		return nil, fmt.Errorf("%s: not of the form https://host[:port]", varEndpoint)
	}
	p := profile.NewClientProfile()
	p.HttpProfile.Scheme, p.HttpProfile.Endpoint, p.HttpProfile.ReqTimeout = endpoint.Scheme, endpoint.Host, invokeTimeout
	p.Language = "en-US"
	client, err := scf.NewClient(keys, region, p)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", varRegion, err)
	}
	return &invoker{
		client: client, function: getenv(varFunction),
		namespace: or(getenv(varNamespace), "default"), qualifier: or(getenv(varQualifier), "$LATEST"),
	}, nil
}

// invoke has deliver run, with the id of the run.
func (q *invoker) invoke(ctx context.Context, id string) error {
	return q.send(ctx, envelope{Shipbell: envelopeKind, Run: id}.text())
}

// send makes one invocation. If the answer to a request is lost, there may be two.
func (q *invoker) send(ctx context.Context, event []byte) error {
	for try := 1; ; try++ {
		request := scf.NewInvokeRequest()
		request.FunctionName, request.Namespace, request.Qualifier = &q.function, &q.namespace, &q.qualifier
		request.InvocationType, request.ClientContext = common.StringPtr("Event"), common.StringPtr(string(event))
		_, err := q.client.InvokeWithContext(ctx, request)
		if err == nil {
			return nil
		}
		code := codeOf(err)
		if !passes(code) || try == invokeTries || platform.Pause(ctx, try+1) != nil {
			return fmt.Errorf("invoke %s: %w", q.function, err)
		}
	}
}

// codeOf is the code of an error of the SDK.
func codeOf(err error) string {
	var answered *sdkerrors.TencentCloudSDKError
	if errors.As(err, &answered) {
		return answered.Code
	}
	return ""
}

// passes reports whether the next try may do better. What is no answer of the API
// comes from the way to it.
func passes(code string) bool {
	return begins(code, "RequestLimitExceeded", "InternalError", "ClientError.NetworkError", "ClientError.HttpStatusCodeError", "ClientError.ParseJsonError")
}

// begins reports whether a code is one of some, or a finer one.
func begins(code string, some ...string) bool {
	for _, one := range some {
		if code == one || strings.HasPrefix(code, one+".") {
			return true
		}
	}
	return false
}
