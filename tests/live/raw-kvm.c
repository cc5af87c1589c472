// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Asks /dev/kvm without the library, without its headers and without the kernel's: numbers
 * straight from the documentation of the KVM API. One line a number: number system vm.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#define GET_API_VERSION 0xae00
#define CREATE_VM 0xae01
#define CHECK_EXTENSION 0xae03

int main(void)
{
	int kvm = open("/dev/kvm", O_RDWR | O_CLOEXEC);
	int vm;

	if (kvm < 0) {
		printf("skip /dev/kvm: %s\n", strerror(errno));
		return 77;
	}
	printf("version %d\n", ioctl(kvm, GET_API_VERSION, 0));
	vm = ioctl(kvm, CREATE_VM, 0);
	if (vm < 0) {
		printf("skip a VM of type 0: %s\n", strerror(errno));
		return 77;
	}
	for (unsigned int number = 0; number < 20000; number++)
		printf("%u %d %d\n", number, ioctl(kvm, CHECK_EXTENSION, number),
		       ioctl(vm, CHECK_EXTENSION, number));
	close(vm);
	close(kvm);
	return 0;
}
