#!/usr/bin/env bats
# SPDX-License-Identifier: BSD-2-Clause
# cgward check --sarif: what the standard wants, and what viewers make of places and texts.

load ../lib/cli

setup() {
	cli_setup
	cat >good.ini <<-'END'
		[socket]
		families = inet inet6
		allow = inet stream tcp
	END
	cat >bad.ini <<-'END'
		[socket]
		allow = inet strem
	END
	cat >hole.ini <<-'END'
		[connect]
		allow = tcp 10.0.0.0/8
	END
}

# sarif FILTER: of what was printed, as one line of JSON
sarif() {
	jq -c ".runs[0] | $1" <<<"$output"
}

# fits_schema FILE: it is a log of SARIF 2.1.0.
fits_schema() {
	local schema status=0
	schema=$("$REPOSITORY/tests/lib/fetch-sarif-schema" "$(dirname "$CGWARD")/downloads" 2>"$T/why") ||
		skip "$(cat "$T/why")"
	"$REPOSITORY/tests/lib/validate-json" "$schema" "$1" 2>"$T/invalid" || status=$?
	case $status in
	0) ;;
	77 | 126 | 127) skip "needs python3-jsonschema" ;;
	*) fail "$(cat "$T/invalid")" ;;
	esac
}

# The same of what was printed.
is_sarif() {
	echo "$output" >"$T/printed.sarif"
	fits_schema "$T/printed.sarif"
}

@test "the schema finds what is wrong" {
	echo '{"version":"2.1.0","runs":[{"tool":{"driver":{"name":"x"}}}]}' >right.sarif
	echo '{"version":"2.1.0","runs":[{"tool":{"driver":{}}}]}' >wrong.sarif
	fits_schema right.sarif
	run ! fits_schema wrong.sarif
}

@test "the log fits the schema of SARIF 2.1.0: nothing found, and everything" {
	run -0 --separate-stderr "$CGWARD" check --sarif good.ini
	[ -z "$stderr" ]
	is_sarif
	run -2 "$CGWARD" check --sarif good.ini bad.ini hole.ini absent.ini \
		"$REPOSITORY"/tests/golden/bad/*.ini
	is_sarif
}

@test "without a schema at hand: the members that the standard requires" {
	run -2 --separate-stderr "$CGWARD" check --sarif good.ini bad.ini hole.ini
	[ -z "$stderr" ]
	[ "$(jq -c '[.version, (.runs | length)]' <<<"$output")" = '["2.1.0",1]' ]
	[ "$(sarif '[.tool.driver.name, .columnKind]')" = '["cgward","utf16CodeUnits"]' ]
	jq -e '.runs[0] | (.tool.driver.rules | length) as $rules | all(.results[];
		(.ruleIndex | . >= 0 and . < $rules) and (.message.text | length > 0) and
		(.level | IN("error", "warning", "note")))' <<<"$output"
}

@test "a finding: rule, level, text with the hint, file, line and column" {
	run -2 "$CGWARD" check --sarif bad.ini hole.ini
	[ "$(sarif '.results[0] | [.ruleId, .level, .locations[0].physicalLocation]')" = \
		'["unknown-name","error",{"artifactLocation":{"uri":"bad.ini"},"region":{"startLine":2,"startColumn":14}}]' ] ||
		fail "$(sarif .results)"
	[ "$(sarif '.results[0].message.text')" = '"unknown socket type `strem`\nhint: did you mean `stream`?"' ] ||
		fail "$(sarif .results)"
	[ "$(sarif '.results[] | select(.ruleId == "hole-socket") |
		[.level, .locations[0].physicalLocation.region]')" = '["warning",{"startLine":1}]' ] || fail "$(sarif .results)"
	[ "$(sarif '[.results[].level] | unique')" = '["error","note","warning"]' ]
}

@test "every code has its rule, once, and the level it has when nothing else is said" {
	run -2 "$CGWARD" check --sarif "$REPOSITORY"/tests/golden/bad/*.ini hole.ini
	[ "$(sarif '.results | length > 80')" = true ]
	[ "$(sarif '[.results[] | select(.ruleIndex == null) | .ruleId] | unique')" = '[]' ] || fail "$(sarif .results)"
	jq -e '.runs[0] | .tool.driver.rules as $rules | all(.results[]; . as $result |
		$rules[.ruleIndex] | .id == $result.ruleId and
		.defaultConfiguration.level == $result.level)' <<<"$output"
	[ "$(sarif '.tool.driver.rules | map(.id) | . == unique')" = true ]
}

@test "the run ended well, whatever it found; the exit status is told, and is that of check" {
	run -0 "$CGWARD" check --sarif hole.ini
	[ "$(sarif .invocations)" = '[{"executionSuccessful":true,"exitCode":0}]' ]
	run -1 "$CGWARD" check --sarif --strict hole.ini
	[ "$(sarif .invocations)" = '[{"executionSuccessful":true,"exitCode":1}]' ]
	run -2 "$CGWARD" check --sarif absent.ini
	[ "$(sarif .invocations)" = '[{"executionSuccessful":true,"exitCode":2}]' ]
	[ "$(sarif '.results[0] | [.ruleId, .locations[0].physicalLocation]')" = \
		'["cannot-read",{"artifactLocation":{"uri":"absent.ini"}}]' ] || fail "$(sarif .results)"
}

@test "more findings than are kept: their number is told" {
	{
		echo "[connect]"
		printf 'allow = tcp 10.0.0.%d\n' {300..1310}
	} >many.ini
	run -2 "$CGWARD" check --sarif many.ini
	[ "$(sarif '.results | length')" = 1000 ]
	[ "$(sarif '.invocations[0].toolExecutionNotifications[0].message.text')" = \
		'"11 more findings are not shown"' ] || fail "$(sarif .invocations)"
	is_sarif
}

@test "columns count UTF-16 code units, not bytes" {
	printf '[group \xc3\xa9\xf0\x9f\x98\x80]x\naddress = 10.0.0.1\n' >wide.ini
	run -2 "$CGWARD" check --json wide.ini
	[ "$(jq -c 'map([.line, .column])' <<<"$output")" = '[[1,8],[1,15]]' ] || fail "$output"
	run -2 "$CGWARD" check --sarif wide.ini
	[ "$(sarif '[.results[].locations[0].physicalLocation.region.startColumn]')" = '[8,12]' ] ||
		fail "$(sarif .results)"
}

@test "paths are URI references: relative ones stay so, what is no plain letter is encoded" {
	mkdir -p "dir ü" a:b
	cp bad.ini "dir ü/100%[x]#?.ini"
	cp bad.ini a:b/c.ini
	run -2 "$CGWARD" check --sarif "dir ü/100%[x]#?.ini" a:b/c.ini ./bad.ini .//bad.ini "$T/bad.ini"
	[ "$(sarif '[.results[].locations[0].physicalLocation.artifactLocation.uri]')" = \
		"[\"dir%20%C3%BC/100%25%5Bx%5D%23%3F.ini\",\"a%3Ab/c.ini\",\"bad.ini\",\"bad.ini\",\"file://$T/bad.ini\"]" ] ||
		fail "$(sarif .results)"
	is_sarif
}

@test "a policy's text is text: no links, no control characters, valid JSON" {
	printf '[connect]\nallow = tcp [here](http://x)\n\xff\xe2\x80\xae\x1b[31m = 1\n' >hostile.ini
	run -2 "$CGWARD" check --sarif hostile.ini
	is_sarif
	[[ "$output" != *$'\e'* && "$output" != *']('* ]] || fail "$(sarif .results)"
	[ "$(sarif '.results | length > 1')" = true ]
}

@test "--sarif and --json at once: 2" {
	run -2 "$CGWARD" check --sarif --json good.ini
	mentions "either --json or --sarif"
}
