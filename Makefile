# SPDX-License-Identifier: GPL-2.0-or-later
# A thin front over meson: everything happens in build/, the work is in tests/tools/.

.DEFAULT_GOAL := build
.PHONY: bench build check clean demo help install lab-full trust vm-check

say_built = echo 'Built. Try: build/cli/kvmfeat probe  (sudo make install puts it on the PATH)'

build: ## install what is missing and build library, command and manual into build/
	@tests/tools/build
	@$(say_built)

demo: ## install what is missing, build, and show what KVM on this host can do
	@tests/tools/demo
	@$(say_built)

check: ## install what is missing, build and run every default suite, also sanitized
	@tests/tools/check

vm-check: ## boot our patched kernel under emulation and test it; ARCH=arm64 for the other one
	@tests/tools/lab check $(ARCH)

lab-full: ## every stage of the kernel lab, also what only CI runs when it changed
	@tests/tools/lab full

trust: ## run the long loops of which check and lab-full run a share: hours
	@tests/tools/lab trust

bench: ## measure against kvm-ok, virt-host-validate and raw ioctls
	@tests/tools/bench

install: ## install into /usr/local, below DESTDIR when it is set
	@tests/tools/build
	@tests/tools/install

clean: ## remove what the others built
	rm -rf build build-asan build-bare build-clang

help: ## show this list
	@sed -n 's/^\([a-z-]*\):.* ## /\1\t/p' Makefile | expand -t 10
