//go:build tools

// Package tools pins the Temporal CLI, whose own go.mod holds a replace directive that `go install pkg@version` refuses.
package tools

import _ "github.com/temporalio/cli/cmd/temporal"
