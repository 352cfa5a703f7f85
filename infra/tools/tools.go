// Package tools is the module of the programs that work on Spoke and are no part of it: their versions are pinned here,
// apart from the product's own dependencies. infra/decisions/0002-tools-module.md says why.
package tools
