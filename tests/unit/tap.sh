#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# Runs a unit test and prints TAP. cmocka 1.1 writes a skipped test as
# "not ok N # SKIP", which would be taken for a failed one.
set -o pipefail
CMOCKA_MESSAGE_OUTPUT=TAP "$@" | sed -E 's/^not ok ([0-9]+ # SKIP)/ok \1/'
