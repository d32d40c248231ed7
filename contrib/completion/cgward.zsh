
_cgward_policy() { _files -g '*.ini(-.)' }
_cgward_file() { _files }
_cgward_directory() { _directories }
_cgward_program() { _command_names -e }

# Below the cgroup2 mount, as cgward takes them.
_cgward_cgroup() {
	local device mount type rest
	while read -r device mount type rest; do
		[[ $type = cgroup2 ]] && break
	done </proc/self/mounts
	[[ $type = cgroup2 ]] || return 1
	compset -P '/'
	_path_files -P / -W "$mount" -/
}

_cgward "$@"
