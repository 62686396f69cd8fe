#!/bin/sh
# run.sh - all cases of this folder, with the run_cases of the build.
exec "${FX_BUILDDIR:-.}/t/cases/run_cases" "${FX_SRCDIR:-.}/t/cases"
