# SPDX-License-Identifier: BSD-2-Clause
# Test and lint targets; included by the Makefile.
.PHONY: unit probes
probes: $(PROBES)
unit: $(UNIT_TESTS)
	$(Q)for t in $(UNIT_TESTS); do echo "== $$t"; $$t || exit 1; done
