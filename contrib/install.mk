# SPDX-License-Identifier: BSD-2-Clause
# Manual pages, completions, `make install`, `make uninstall`; included by the Makefile.
#
# Pages and completions are made from the built program's --help, from the Markdown in contrib/ and
# from the limits in the README. None is in the tree, so none can be out of date.
.PHONY: documents install uninstall
all: documents

PAGES       := $(addprefix $(B)/man/,cgward.8 cgward-policy.5 cgward-log.5)
COMPLETIONS := $(addprefix $(B)/completion/cgward.,bash zsh fish)
documents: $(PAGES) $(COMPLETIONS)

# The day of the release in its pages; a build tomorrow makes the same bytes.
RELEASED := 2026-11-23
TO_MAN = awk -v page=$(basename $(@F)) -v section=$(subst .,,$(suffix $@)) -v version=$(VERSION) \
	-v date=$(RELEASED) -f contrib/manual/man.awk
MAKES_MAN := contrib/manual/man.awk Makefile contrib/install.mk

$(B)/man/cgward.8: $(B)/cgward README.md $(wildcard contrib/manual/*) $(MAKES_MAN)
	@mkdir -p $(@D)
	$(Q)contrib/manual/page $(B)/cgward $(PREFIX) > $@.md
	$(Q)$(TO_MAN) -v about='security policies for cgroups' \
		-v see='cgward-policy(5), cgward-log(5), cgroups(7)' $@.md > $@
$(B)/man/cgward-policy.5: contrib/policy-format.md $(MAKES_MAN)
	@mkdir -p $(@D)
	$(Q)$(TO_MAN) -v about='policy files of cgward' -v see='cgward(8), cgward-log(5)' $< > $@
$(B)/man/cgward-log.5: contrib/audit-schema.md $(MAKES_MAN)
	@mkdir -p $(@D)
	$(Q)$(TO_MAN) -v about='audit log of cgward' -v see='cgward(8), cgward-policy(5)' $< > $@

$(B)/completion/table: $(B)/cgward contrib/completion/table contrib/completion/table.awk
	@mkdir -p $(@D)
	$(Q)contrib/completion/table $(B)/cgward > $@
$(COMPLETIONS): $(B)/completion/cgward.%: $(B)/completion/table contrib/completion/%.awk \
		contrib/completion/cgward.%
	$(Q)awk -f contrib/completion/$*.awk $< > $@ && cat contrib/completion/cgward.$* >> $@

# ---- what goes where: SOURCE:MODE:DESTINATION, below $(DESTDIR)$(PREFIX) --------------------------
ZSH_DIR ?= share/zsh/site-functions
INSTALLED := \
	$(B)/cgward:755:bin/cgward \
	$(B)/man/cgward.8:644:share/man/man8/cgward.8 \
	$(B)/man/cgward-policy.5:644:share/man/man5/cgward-policy.5 \
	$(B)/man/cgward-log.5:644:share/man/man5/cgward-log.5 \
	$(B)/completion/cgward.bash:644:share/bash-completion/completions/cgward \
	$(B)/completion/cgward.zsh:644:$(ZSH_DIR)/_cgward \
	$(B)/completion/cgward.fish:644:share/fish/vendor_completions.d/cgward.fish \
	$(B)/systemd/cgward.service:644:lib/systemd/system/cgward.service \
	contrib/systemd/cgward.conf:644:lib/tmpfiles.d/cgward.conf \
	$(foreach file,$(wildcard policies/*.ini policies/*.md policies/*/*),$(file):644:share/cgward/$(file)) \
	$(foreach file,README.md LICENSE $(addprefix contrib/,policy-format.md audit-schema.md \
		audit.schema.json),$(file):644:share/doc/cgward/$(file))

# Unit and page name the places of other files, so both are made again when PREFIX is another.
.PHONY: ask-prefix
$(B)/prefix: ask-prefix
	@mkdir -p $(@D)
	@echo '$(PREFIX)' | cmp -s - $@ || echo '$(PREFIX)' > $@
$(B)/man/cgward.8: $(B)/prefix
$(B)/systemd/cgward.service: contrib/systemd/cgward.service $(B)/prefix
	@mkdir -p $(@D)
	$(Q)sed 's|/usr/local/|$(PREFIX)/|' $< > $@

install: all $(B)/systemd/cgward.service
	$(Q)set -e; for entry in $(INSTALLED); do \
		to=$${entry#*:}; mode=$${to%%:*}; to="$(DESTDIR)$(PREFIX)/$${to#*:}"; \
		echo "install $$to"; install -D -m $$mode "$${entry%%:*}" "$$to"; done

# Files of others stay, and so do directories that are not cgward's alone or not empty: policies of
# your own, the log, and what is in force (`cgward remove --all`).
uninstall:
	$(Q)set -e; for entry in $(INSTALLED); do rm -f "$(DESTDIR)$(PREFIX)/$${entry##*:}"; done
	$(Q)for directory in share/cgward share/doc/cgward; do \
		[ ! -d "$(DESTDIR)$(PREFIX)/$$directory" ] || \
		find "$(DESTDIR)$(PREFIX)/$$directory" -depth -type d -empty -delete; done

# ---- a Debian package: build/deb/cgward_VERSION_ARCHITECTURE.deb -----------------------------------
# Made of a copy of the tree, by debhelper as Debian's own are: it knows what a unit, a tmpfiles.d
# line and a manual page ask of a package, and dpkg-shlibdeps which libraries at which version. -d:
# build-essential stands for g++ as well, which nothing here needs.
.PHONY: deb
DEB_TREE := $(B)/deb/cgward-$(VERSION)
deb:
	$(Q)command -v dh >/dev/null || { echo "dh is missing: contrib/install-dependencies"; exit 1; }
	$(Q)rm -rf $(B)/deb && mkdir -p $(DEB_TREE)
	$(Q)tar -c --exclude-vcs --exclude=./build --exclude=./$(B) . | tar -x -C $(DEB_TREE)
	$(Q)cd $(DEB_TREE) && env -u MAKEFLAGS -u MAKELEVEL -u MFLAGS -u MAKEOVERRIDES -u B \
		dpkg-buildpackage --build=binary --no-sign --no-check-builddeps --no-pre-clean \
		--jobs=$$(nproc)
	@ls $(B)/deb/*.deb
