"""What many pictures say: evaluation, alignment, targets of both heads, crowding, timing, replay, ablation, the paper."""
