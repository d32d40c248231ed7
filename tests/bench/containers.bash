# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=bash
# Containers of OCI runtimes, for the device program that a runtime makes: created and never started,
# their cgroup is what is of interest. Sourced by tests/bench/run.

# A runtime makes a device program only where cgroup2 is all there is: it is shown a /sys/fs/cgroup
# like that, in a mount namespace of its own.
with_cgroup2_alone() {
	unshare --mount --propagation private sh -c '
		umount -R -l /sys/fs/cgroup && mount -t cgroup2 none /sys/fs/cgroup && exec "$@"' sh "$@"
}

# bundle DIRECTORY CGROUP: with the rules of more_devices if DEVICES is set to 64
bundle() {
	local link
	mkdir -p "$1/root/usr" "$1/root/proc" "$1/root/dev" "$1/root/sys"
	for link in bin lib lib64; do
		[ -e "$1/root/$link" ] || ln -s "usr/$link" "$1/root/$link"
	done
	{ [ "${DEVICES:-0}" = 0 ] || more_devices; } | jq -R 'split(" ") | {
		allow: true, type: "c", major: (.[0] | tonumber), minor: (.[1] | tonumber), access: "rw"
	}' | jq -s --arg cgroup "$2" '{
		ociVersion: "1.0.2",
		process: { cwd: "/", args: ["/bin/true"], env: ["PATH=/bin"], user: { uid: 0, gid: 0 } },
		root: { path: "root" },
		mounts: [
			{ destination: "/proc", type: "proc", source: "proc" },
			{ destination: "/usr", type: "bind", source: "/usr", options: ["rbind", "ro"] }
		],
		linux: {
			cgroupsPath: $cgroup,
			namespaces: [{ type: "pid" }, { type: "mount" }],
			resources: { devices: ([{ allow: false, access: "rwm" }] + .) }
		}
	}' >"$1/config.json"
}

# create_container RUNTIME CGROUP: of that path below the cgroup2 mount
create_container() {
	local directory=$T/containers$2
	bundle "$directory" "$2"
	(
		[ "$1" != crun ] || export LD_PRELOAD="$B/bench/memlock.so"
		with_cgroup2_alone "$1" --root "$T/containers/state-$1" create --bundle "$directory" \
			"${2##*/}" >"$directory/said" 2>&1 </dev/null
	) || {
		echo "$1: $(head -n 1 "$directory/said")" >&2
		return 1
	}
}
