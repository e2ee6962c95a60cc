<?php
if (!class_exists('ExposureReset_Pages', false)) { exit; } // asked for over the web
?>
<h1><?php echo $p->e($v['h1']); ?></h1>
<p>パスワードの再発行は、<?php echo $p->check('ja'); ?>ページから行ってください。以前の「パスワードを忘れた方は…」の手続きは休止しています。</p>
<p>メールを受け取れない方は、お客様相談窓口に電話してください。書面でのお手続きをご案内します。</p>
<p class="en" lang="en">Get a new password from the page <?php echo $p->check('en'); ?>. The former “forgot password” procedure is suspended. If you cannot receive mail, call us; there is a written procedure.</p>
