/* Starts a hart of RISC-V: the stack, .data, .bss, the floating-point unit; a trap ends in skerry_fault. */
    .option norelax
    .section .vectors, "ax"
    .globl skerry_reset
skerry_reset:
    la sp, skerry_stack_top
    la tp, skerry_tls
    .option push
    .option arch, +zicsr
    la t0, trap
    csrw mtvec, t0
#ifdef __riscv_flen
    li t0, 0x2000 /* mstatus.FS: initial */
    csrs mstatus, t0
    csrw fcsr, zero
#endif
    .option pop
    la t0, skerry_data_image
    la t1, skerry_data
    la t2, skerry_data_end
    j 2f
1:  lw t3, 0(t0)
    sw t3, 0(t1)
    addi t0, t0, 4
    addi t1, t1, 4
2:  bltu t1, t2, 1b
    la t1, skerry_bss
    la t2, skerry_bss_end
    j 4f
3:  sw zero, 0(t1)
    addi t1, t1, 4
4:  bltu t1, t2, 3b
    call main
    .balign 4
trap:
    call skerry_fault
    j trap
    .weak skerry_fault
skerry_fault:
    j skerry_fault
