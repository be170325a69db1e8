"""The least that a workload could cost: the same requests to the same servers, and nothing around them."""
