#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# Whether build-aux/walls finds what it is for: a tree of its own, in which one thing at
# a time is wrong; prints TAP. Needs a compiler and binutils.
#
# Environment: CC, the compiler (cc); srcdir, the top of the sources.
set -uo pipefail
export LC_ALL=C
top=$(dirname "$0")/../..
[ -d "${srcdir:-}/tests/golden" ] && top=$srcdir
walls=$(cd "$top/build-aux" && pwd)/walls || exit 1
# shellcheck source-path=SCRIPTDIR source=../tap_lib.sh
. "$top/tests/tap_lib.sh"
read -ra compiler <<<"${CC:-cc}"

for tool in "${compiler[0]}" ar nm tsort; do
	command -v "$tool" >/dev/null || skip_all "$tool is missing"
done

scratch=$(mktemp -d) || exit 1
trap 'rm -rf "$scratch"' EXIT
trap 'exit 1' HUP INT TERM
cd "$scratch" || exit 1

# --- a tree without a fault ----------------------------------------------------------

# A source that includes headers, and has a function that calls others.
write_source() { # PATH FUNCTION "HEADER..." [CALLED...]
	local path=$1 function=$2 headers=$3 called
	shift 3
	{
		# shellcheck disable=SC2086 # words are meant to be split
		printf '#include "%s"\n' $headers
		for called; do
			echo "int $called(void);"
		done
		printf 'int %s(void)\n{\n\treturn 1' "$function"
		for called; do
			printf ' + %s()' "$called"
		done
		printf ';\n}\n'
	} >"$path"
}

# house stands on two rooms side by side, those on ground.
make_tree() {
	mkdir -p src/{house,left,right,ground} include/{house,left,right,ground}
	cat >CONTRIBUTING.md <<'END'
Text before, with a room that is none: cellar.

```rooms
main              # prints
house             # of two
left right        # beside each other
ground            # carries
```
END
	for room in house left right ground; do
		echo "int $room(void);" >"include/$room/$room.h"
	done
	echo 'int inner(void);' >src/left/inner.h
	write_source src/main.c main house/house.h house
	write_source src/house/house.c house 'house/house.h left/left.h right/right.h' left right
	write_source src/left/left.c left 'left/left.h inner.h ground/ground.h' inner ground
	write_source src/left/inner.c inner inner.h
	write_source src/right/right.c right 'right/right.h ground/ground.h' ground
	write_source src/ground/ground.c ground ground/ground.h
}

# The archive of it is looked at, too.
make_archive() {
	local source
	for source in src/*/*.c; do
		expect_ok "${compiler[@]}" -Iinclude -c "$source" -o "$(basename "$source" .c).o"
	done
	expect_ok ar cr lib.a ./*.o
	archive=lib.a
}

# Sets at to where the line is then.
add_line() { # FILE LINE
	echo "$2" >>"$1"
	at=$1:$(wc -l <"$1")
}

# What it says of the tree, and that it fails where that is something.
expect_findings() { # [LINE...]
	local status said
	said=$("$walls" . ${archive:+"$archive"} 2>&1)
	status=$?
	expect "findings" "$said" "$(printf '%s\n' "$@")"
	expect "exit status" "$status" $(($# > 0))
}

# A tree anew; what follows makes one thing wrong.
fresh() {
	rm -rf "${scratch:?}"/*
	make_tree
	archive=
}

# --- what there is to find --------------------------------------------------------------

fresh
expect_findings
make_archive
expect_findings
result "a tree without a fault"

wrong_include() { # FILE HEADER FINDING TITLE
	fresh
	add_line "$1" "#include \"$2\""
	expect_findings "$at: $3"
	result "$4"
}
wrong_include src/left/left.c house/house.h 'house does not stand below left' 'an include that goes up'
wrong_include include/right/right.h left/left.h 'left does not stand below right' \
	'an include that goes sideways, of a door'
wrong_include src/house/house.c left/inner.h 'left/inner.h: the inside of another room, no door' \
	"an include of another room's inside"
wrong_include src/house/house.c inner.h \
	'inner.h: not inside this room; a door is named with its room' "the same without the room's name"
wrong_include include/left/left.h inner.h \
	'inner.h: not inside this room; a door is named with its room' 'a door that needs the inside'

fresh
echo '#include "other.h"' >>src/left/inner.h
echo '#include "inner.h"' >src/left/other.h
expect_findings 'a circle of headers: inner.h other.h'
result "two headers that include each other"

fresh
write_source src/left/inner.c inner inner.h left
make_archive
expect_findings 'a circle of sources: inner.o left.o'
result "two sources that call each other"

fresh
write_source src/left/extra.c extra inner.h house
make_archive
expect_findings 'extra.o: calls house of house.o, but house does not stand below left'
result "a call that goes up, without an include"

fresh
write_source src/left/extra.c extra inner.h right
make_archive
expect_findings 'extra.o: calls right of right.o, but right does not stand below left'
result "a call that goes sideways"

long_file() { # LINES
	while (($(wc -l <src/left/inner.c) < $1)); do
		echo '/* more */' >>src/left/inner.c
	done
}
fresh
long_file 400
expect_findings
long_file 401
expect_findings 'src/left/inner.c: more than 400 lines'
result "a file of more than 400 lines"

long_function() { # LINES
	printf 'int long_%s(void)\n{\n' "$1"
	for ((i = 1; i < $1; i++)); do
		echo '	;'
	done
	printf '	return 0;\n}\n'
}
fresh
long_function 60 >>src/left/inner.c
expect_findings
start=$(($(wc -l <src/left/inner.c) + 2))
long_function 61 >>src/left/inner.c
expect_findings "src/left/inner.c:$start: a function of 61 lines, more than 60"
result "a function of more than 60 lines"

fresh
echo 'int alone(void);' >include/left/alone.h
echo '#include "left/alone.h"' >>src/left/inner.c
expect_findings 'include/left/alone.h: no other room uses it: it belongs into src/left/'
result "a door that nobody else uses"

fresh
cp src/left/inner.c src/right/
expect_findings 'inner.c: a name that two rooms have' \
	'src/right/inner.c:1: inner.h: not inside this room; a door is named with its room'
result "two sources of one name"

fresh
mkdir src/cellar include/cellar
echo 'int cellar(void);' >include/cellar/cellar.h
add_line src/left/inner.c '#include "cellar/cellar.h"'
write_source src/cellar/cellar.c cellar cellar/cellar.h
expect_findings 'src/cellar: no room of CONTRIBUTING.md' 'include/cellar: no room of CONTRIBUTING.md' \
	"$at: cellar/cellar.h: no room of CONTRIBUTING.md"
result "a room that is not listed"

fresh
echo 'int loose(void);' >include/loose.h
expect_findings 'include/loose.h: a door lies in the folder of its room' \
	'include/loose.h: no other room uses it: it belongs into src/loose.h/'
result "a door outside the rooms"

fresh
sed -i '/rooms$/d' CONTRIBUTING.md
expect_findings 'walls: CONTRIBUTING.md lists no rooms'
result "a list of rooms that is missing"

finish_tests
