"""What the columnar replica costs: following, compacting, scanning, judging everybody."""
