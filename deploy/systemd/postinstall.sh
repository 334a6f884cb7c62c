#!/bin/sh
# Makes the user, and restarts the service if it runs. It does not start a service that
# does not run: that is the administrator's to decide.
set -e
if command -v systemd-sysusers >/dev/null; then
	systemd-sysusers shipbell.conf
fi
if [ -d /run/systemd/system ]; then
	systemctl daemon-reload
	systemctl try-restart shipbell.service
fi
