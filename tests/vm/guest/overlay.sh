# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=dash
# shellcheck disable=SC2154,SC2016 # sourced by run.sh; for another shell
# A policed task in an overlay: files of the lower layer, of the upper, and on their way from the one to the
# other are known by their path in the overlay. What overlayfs does with its layers for the task is no
# doing of the task's.

overlay_places() {
	grep -q overlay /proc/filesystems || insmod /overlay.ko || return
	mkdir -p /t/layers /t/merged && mount -t tmpfs none /t/layers || return
	mkdir -p /t/layers/upper /t/layers/work
	for directory in open shut; do
		mkdir -p "/t/layers/lower/$directory"
		for file in low written attributed moved deleted fixed; do
			echo "$file" >"/t/layers/lower/$directory/$file"
		done
		cp /bin/busybox "/t/layers/lower/$directory/busybox"
	done
	mount -t overlay -o lowerdir=/t/layers/lower,upperdir=/t/layers/upper,workdir=/t/layers/work \
		none /t/merged && echo up >/t/merged/open/up && echo up >/t/merged/shut/up
}

# in_overlay COMMAND: of a shell under the policy
in_overlay() {
	under overlay.ini sh -c "$1"
}

# refused_as ASKED COMMAND: it fails, and leaves one record, with the path in the overlay
refused_as() {
	filter=".verdict == \"denied\" and .asked == \"$1\""
	before=$(records "$filter")
	if in_overlay "$2"; then
		echo "'$2' was allowed"
		return 1
	fi
	[ "$(records "$filter")" -gt "$before" ] && return
	echo "no record of $1; the log ends:"
	tail -n 4 "$log"
	return 1
}

layers_are_read() {
	in_overlay '[ "$(cat /t/merged/open/low)" = low ] && [ "$(cat /t/merged/open/up)" = up ]' &&
		refused_as 'r /t/merged/shut/low' 'cat /t/merged/shut/low' &&
		refused_as 'r /t/merged/shut/up' 'cat /t/merged/shut/up' &&
		refused_as 'r /t/layers/lower/open/low' 'cat /t/layers/lower/open/low'
}

copied_up() {
	in_overlay 'echo more >>/t/merged/open/written && [ "$(cat /t/merged/open/written)" = "written
more" ]' && [ -f /t/layers/upper/open/written ] &&
		refused_as 'w /t/merged/open/fixed' 'echo more >>/t/merged/open/fixed' &&
		refused_as 'w /t/merged/shut/low' 'echo more >>/t/merged/shut/low' &&
		[ ! -e /t/layers/upper/open/fixed ] && [ ! -e /t/layers/upper/shut/low ]
}

attributes_copied_up() {
	in_overlay 'chmod 600 /t/merged/open/attributed && touch -d @0 /t/merged/open/attributed' &&
		[ "$(stat -c '%a %Y' /t/merged/open/attributed)" = '600 0' ] &&
		refused_as 'a /t/merged/shut/attributed' 'chmod 600 /t/merged/shut/attributed' &&
		[ ! -e /t/layers/upper/shut/attributed ]
}

renamed_in_overlay() {
	in_overlay 'mv /t/merged/open/moved /t/merged/open/there && [ "$(cat /t/merged/open/there)" = moved ]' &&
		refused_as 'rwda /t/merged/shut/moved' 'mv /t/merged/shut/moved /t/merged/open/moved' &&
		refused_as 'c /t/merged/shut/new' 'mv /t/merged/open/there /t/merged/shut/new' &&
		[ "$(cat /t/merged/open/there /t/merged/shut/moved)" = "moved
moved" ]
}

deleted_and_made_in_overlay() {
	in_overlay 'rm /t/merged/open/deleted && [ ! -e /t/merged/open/deleted ]' &&
		[ -c /t/layers/upper/open/deleted ] && in_overlay 'echo anew >/t/merged/open/deleted' &&
		[ "$(cat /t/merged/open/deleted)" = anew ] &&
		refused_as 'd /t/merged/shut/deleted' 'rm -f /t/merged/shut/deleted' &&
		[ "$(cat /t/merged/shut/deleted)" = deleted ]
}

run_from_layers() {
	in_overlay '/t/merged/open/busybox true' && in_overlay 'chmod 700 /t/merged/open/busybox' &&
		[ -f /t/layers/upper/open/busybox ] && in_overlay '/t/merged/open/busybox true' &&
		refused_as '/t/merged/shut/busybox' '/t/merged/shut/busybox true' &&
		refused_as '/t/layers/upper/open/busybox' '/t/layers/upper/open/busybox true'
}

overlay_ends() {
	umount /t/merged && umount /t/layers
}

if [ -e /overlay.ko ] || grep -q overlay /proc/filesystems; then
	check "overlay: the places" overlay_places
	check "overlay: files of both layers are read by their path in the overlay" layers_are_read
	check "overlay: a file is copied up for who may write it, and not for who may not" copied_up
	check "overlay: attributes are changed, and a file is copied up for that" attributes_copied_up
	check "overlay: renamed" renamed_in_overlay
	check "overlay: deleted and made anew" deleted_and_made_in_overlay
	check "overlay: programs of both layers" run_from_layers
	check "overlay: all of it goes" overlay_ends
fi
