/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Diagnostics: what the user did wrong, or might not have meant. Findings are collected, never
 * printed here; a command prints the whole list once.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "base/array.h"

enum severity {
	SEVERITY_NOTE,    /* worth knowing, nothing to mend: never changes an exit status */
	SEVERITY_WARNING, /* exit status 1 with --strict */
	SEVERITY_ERROR,
};

struct finding {
	enum severity severity;
	const char
	        *code;   /* static, kebab-case: "unknown-key", "hole-raw-socket"; for JSON, SARIF */
	char *path;      /* owned; NULL: no place */
	uint32_t line;   /* from 1; 0: the whole file */
	uint32_t column; /* from 1, in bytes; 0: the whole line */
	char *message;   /* owned */
	char *source;    /* owned; text of the line, or NULL */
	uint32_t caret;  /* where `column` is in `source`, from 1; 0: nowhere */
	char *hint;      /* owned, may hold several lines; or NULL */
};

/* At most FINDINGS_MAX are kept; more are counted in `dropped`. If memory runs out, `lost` is set
 * and has_errors() is true: an unreported error is still an error. */
#define FINDINGS_MAX 1000

struct diag {
	ARRAY(struct finding) findings;
	size_t errors, warnings, notes, dropped;
	bool lost;
};

#define DIAG_INIT \
	{         \
		0 \
	}

void diag_fini(struct diag *diag);

struct place {
	const char *path;   /* NULL: none */
	uint32_t line;      /* 0: none */
	uint32_t column;    /* 0: none */
	const char *source; /* NULL: none */
	uint32_t caret;     /* column in `source`; 0: the same, `source` is the line as it stands */
};

/* Adds a finding; copies everything; `hint` may be NULL. `format` gives the message. */
void diag_add(struct diag *diag, enum severity severity, const char *code,
              const struct place *place, const char *hint, const char *format, ...)
        __attribute__((format(printf, 6, 7)));

bool diag_has_errors(const struct diag *diag);

/* By path in order of appearance, then line, then column; stable. */
void diag_sort(struct diag *diag);

/*
 * One finding as people read it: `FILE:LINE:COLUMN: error: message`, the source line with a caret
 * below the column (tabs kept as tabs so that the caret stands right), then `hint: ...`. Bytes that
 * are not printable ASCII or valid UTF-8 are escaped as \xNN: a policy is hostile text.
 * `colour` adds terminal colours.
 */
void finding_write(FILE *out, const struct finding *finding, bool colour);
