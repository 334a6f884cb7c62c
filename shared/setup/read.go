package setup

import (
	"crypto/x509"
	"fmt"
	"net/netip"
	"os"
	"strconv"
	"time"

	"github.com/shipbell/shipbell/shared/safehttp"
	"github.com/shipbell/shipbell/shared/shipbell"
)

func text(to *string) func(string) error {
	return func(t string) error {
		*to = t
		return nil
	}
}

// secret reads a secret that is given or left out. The error does not hold it.
func secret(to *shipbell.Secret) func(string) error {
	const least = 16
	return func(t string) error {
		if t != "" && len(t) < least {
			return fmt.Errorf("shorter than %d characters", least)
		}
		*to = shipbell.NewSecret(t)
		return nil
	}
}

func prefixes(to *[]netip.Prefix) func(string) error {
	return func(t string) (err error) {
		*to, err = safehttp.ParsePrefixes(t)
		return err
	}
}

func schedule(to *shipbell.Schedule) func(string) error {
	return func(t string) (err error) {
		*to, err = shipbell.ParseSchedule(t)
		return err
	}
}

func duration(to *time.Duration, low, high time.Duration) func(string) error {
	return func(t string) (err error) {
		if *to, err = shipbell.ParseDuration(t); err != nil || *to < low || *to > high {
			return fmt.Errorf("%q is not a duration from %v to %v", t, low, high)
		}
		return nil
	}
}

func number(to *int, low, high int) func(string) error {
	return func(t string) error {
		n, err := strconv.Atoi(t)
		if err != nil || n < low || n > high {
			return fmt.Errorf("%q is not a number from %d to %d", t, low, high)
		}
		*to = n
		return nil
	}
}

func authorities(to **x509.CertPool) func(string) error {
	return func(path string) error {
		if path == "" {
			return nil
		}
		pem, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		pool, err := x509.SystemCertPool()
		if err != nil {
			return err
		}
		if !pool.AppendCertsFromPEM(pem) {
			return fmt.Errorf("%s holds no certificate", path)
		}
		*to = pool
		return nil
	}
}
