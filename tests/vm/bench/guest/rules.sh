#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# rules.sh cgward|apparmor COUNT [exec]: a policy or a profile of COUNT rules about files, and with `exec`
# as many about programs: the same ones for both. The last of each list are for what is measured.
list=$1 count=$2 exec=${3:-}

files() {
	awk -v count="$((count - 2))" 'BEGIN {
		split("r /srv/tree-%d/**|rw /var/lib/app-%d/*.db|r /etc/app-%d/conf.d/*.conf|" \
		      "r /usr/share/app-%d/{icons,themes}/**", forms, "|")
		for (i = 0; i < count; i++)
			printf forms[i % 4 + 1] "\n", i
	}'
	echo 'r /srv/object*'
	echo 'r /srv/b/**/object*'
}

programs() {
	awk -v count="$((count - 1))" 'BEGIN {
		for (i = 0; i < count; i++)
			printf "/opt/app-%d/bin/*\n", i
	}'
	echo /usr/bin/vm_calls
}

case $list in
cgward)
	echo '[file]'
	files | sed 's/^/allow = /'
	[ -z "$exec" ] || {
		echo '[exec]'
		programs | sed 's/^/allow = /'
	}
	;;
# What is entered has to be executed and mapped under the profile, and has inherited /dev/null.
apparmor)
	echo "profile files$count$exec {"
	files | sed -E 's/^([a-z]+) (.*)/\t\2 \1,/'
	printf '\t/dev/null rw,\n'
	if [ -n "$exec" ]; then
		programs | sed 's/.*/\t& mrix,/'
	else
		printf '\t/usr/bin/vm_calls mr,\n'
	fi
	echo '}'
	;;
esac
