/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Findings for scripts.
 */
#include "app/report.h"

static const char *severity_name(enum severity severity)
{
	switch (severity) {
	case SEVERITY_NOTE:
		return "note";
	case SEVERITY_WARNING:
		return "warning";
	case SEVERITY_ERROR:
		return "error";
	}
	return "error";
}

void report_findings(struct json_writer *writer, struct diag *diag)
{
	diag_sort(diag);
	array_foreach (finding, &diag->findings) {
		json_write_begin(writer, NULL, '{');
		json_write_text(writer, "file", finding->path);
		json_write_number(writer, "line", finding->line);
		json_write_number(writer, "column", finding->column);
		json_write_text(writer, "severity", severity_name(finding->severity));
		json_write_text(writer, "code", finding->code);
		json_write_text(writer, "message", finding->message);
		json_write_text(writer, "hint", finding->hint);
		json_write_end(writer);
	}
}
