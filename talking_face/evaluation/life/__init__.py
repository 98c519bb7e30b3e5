"""Whether a head lives as real speakers' do: movement, blinks, gaze."""
