#!/bin/sh
# The data in /var/lib/shipbell and its user stay.
set -e
if [ -d /run/systemd/system ]; then
	systemctl daemon-reload
fi
