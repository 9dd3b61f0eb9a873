#!/bin/sh
# For tcerr.conf: rsyslog itself would write the command's words into the log, too.
exec /usr/local/bin/tcerr enrich >>/tmp/tcerr-example/enriched.log
