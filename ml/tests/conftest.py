import torch

# Two spinning threads on a busy machine of two cores are slower than one, by far.
torch.set_num_threads(1)
