<?php
if (!class_exists('ExposureReset_Pages', false)) { exit; } // asked for over the web
?>
<h1><?php echo $p->e($v['h1']); ?></h1>
<p>しばらくしてから、もう一度お試しください。</p>
<p class="en" lang="en">This cannot be done just now. Please try again in a while.</p>
<?php if ($v['ticket'] !== '') { ?>
<form method="post" action="<?php echo $p->e($p->here()); ?>">
<?php echo $p->hidden(array('exposure_csrf' => $v['csrf'], 'ticket' => $v['ticket'])); ?>
<p><button type="submit" name="exposure_step" value="redeem">もう一度試す <span lang="en">/ Try again</span></button></p>
</form>
<?php } else { ?>
<p><a class="button" href="<?php echo $p->e($p->here()); ?>">もう一度試す <span lang="en">/ Try again</span></a></p>
<?php } ?>
