#!/bin/sh
# Stops the service before the package goes, and leaves it alone at an upgrade. Debian calls
# this with "remove", RPM with the number of versions that stay.
set -e
case "$1" in
remove | 0)
	if [ -d /run/systemd/system ]; then
		systemctl disable --now shipbell.service
	fi
	;;
esac
